"""Where the server programs are. Standard library only: install.py uses this before there is a virtual environment."""

import os
import shutil
import subprocess
from pathlib import Path

SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # not on everybody's PATH, and servers live there


def program(name: str) -> Path | None:
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), *SBIN]))
    return Path(found) if found else None


def rabbitmq() -> Path | None:
    """The folder of RabbitMQ's own scripts: those in /usr/sbin change to the user of the system's broker."""
    folders = [Path("/usr/lib/rabbitmq/bin"), *Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin")]
    return _complete(folders, "rabbitmq-server", "rabbitmqctl") if program("epmd") else None


def mariadb() -> Path | None:
    """The server program, if the script that makes a new data folder is there too."""
    return program("mariadbd") if program("mariadb-install-db") else None


def postgres() -> Path | None:
    """The folder of the newest PostgreSQL's programs. A folder may hold the client's programs alone."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    on_path = program("initdb")
    return _complete([*versions, *([on_path.parent] if on_path else [])], "initdb", "postgres")


def _complete(folders: list[Path], *names: str) -> Path | None:
    return next((folder for folder in folders if all((folder / name).exists() for name in names)), None)


def _version(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdecimal() else 0


NATIVE = {"rabbitmq": rabbitmq, "mariadb": mariadb, "postgres": postgres}
DATABASES = {"mariadb", "postgres"}
TITLES = {"rabbitmq": "RabbitMQ", "mariadb": "MariaDB", "postgres": "PostgreSQL"}
PROGRAMS = {"chromium": "chromium"}  # that some suites need and are left out without → Debian's package
IMAGES = {"rabbitmq": "rabbitmq:4-management", "mariadb": "mariadb:11.8", "postgres": "postgres:17"}
SCHEMES = {
    "TEST_BROKER_URL": {"amqp": "rabbitmq", "amqps": "rabbitmq"},
    "TEST_DATABASE_URL": {"mysql": "mariadb", "postgres": "postgres", "postgresql": "postgres"},
}


class Missing(Exception):
    """Something that the tests need is not here; the text is one sentence that says what, and what to do."""


def way(kind: str) -> str:
    """How a private server of this kind can run here: "native" or "docker"."""
    ways = {"native": is_installed, "docker": has_image}
    order = sorted(ways, key=lambda name: name != os.environ.get("TEST_SERVERS", "native"))
    for name in order:
        if ways[name](kind):
            return name
    raise Missing(f"{TITLES[kind]} is neither installed nor there as the Docker image {IMAGES[kind]}.")


def is_installed(kind: str) -> bool:
    return NATIVE[kind]() is not None


def has_image(kind: str) -> bool:
    return docker_succeeds("image", "inspect", IMAGES[kind], seconds=20)


def docker_succeeds(*arguments: str, seconds: float) -> bool:
    try:
        return subprocess.run(["docker", *arguments], check=False, capture_output=True, timeout=seconds).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def given() -> dict[str, str]:
    """Servers that the caller's environment names: kind → URL."""
    urls = {}
    for variable, kinds in SCHEMES.items():
        if url := os.environ.get(variable):
            scheme = url.partition("://")[0]
            if scheme not in kinds:
                raise Missing(f"{variable} must begin with {' or '.join(f'{known}://' for known in kinds)}.")
            urls[kinds[scheme]] = url
    return urls
