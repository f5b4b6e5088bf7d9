"""Where the server programs are. Standard library only: install.py uses this before there is a virtual environment."""

import os
import shutil
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
TITLES = {"rabbitmq": "RabbitMQ", "mariadb": "MariaDB", "postgres": "PostgreSQL"}
IMAGES = {"rabbitmq": "rabbitmq:4-management", "mariadb": "mariadb:11.8", "postgres": "postgres:17"}
SCHEMES = {"amqp": "rabbitmq", "amqps": "rabbitmq", "mysql": "mariadb", "postgres": "postgres", "postgresql": "postgres"}


def given() -> dict[str, str]:
    """Servers that the caller's environment names: kind → URL."""
    urls = [os.environ.get(name, "") for name in ("TEST_BROKER_URL", "TEST_DATABASE_URL")]
    return {_kind(url): url for url in urls if url}


def _kind(url: str) -> str:
    scheme = url.partition("://")[0]
    if scheme not in SCHEMES:
        raise SystemExit("TEST_BROKER_URL must be amqp://…, TEST_DATABASE_URL mysql://… or postgres://…")
    return SCHEMES[scheme]
