"""Makes available what the tests need: `python3 tests/servers/install.py [program…]`. Needs nothing but Python itself.

Debian as root: its own packages, no service started. Elsewhere: Docker images, or the servers that TEST_BROKER_URL
and TEST_DATABASE_URL name. Does nothing where all is there; says in one sentence what is missing otherwise.
"""

import contextlib
import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.servers import find

POLICY = Path("/usr/sbin/policy-rc.d")  # Debian asks it before it starts a service
DO_NOT_START = "#!/bin/sh\n# by the tests of Lockstep, for a while\nexit 101\n"
LAST_LINES = 15

PACKAGES = {"rabbitmq": ["rabbitmq-server"], "mariadb": ["mariadb-server"], "postgres": ["postgresql"]}


def main(programs: Sequence[str] = ()) -> int:
    """`programs` are wanted besides; each is a package of its name."""
    try:
        servers, headers, absent = missing_servers(), missing_headers(), missing_programs(programs)
        packages = [*(package for kind in servers for package in PACKAGES[kind]), *headers, *absent, *of_some_suites()]
        if packages and is_debian() and os.geteuid() == 0:
            install(packages)
            servers, headers, absent = missing_servers(), missing_headers(), missing_programs(programs)
        servers = [kind for kind in servers if not find.has_image(kind) and not pull(kind)]
        if servers or headers or absent:
            raise find.Missing(advice(servers, headers, absent))
    except find.Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


def missing_servers() -> list[str]:
    """A database that is given stands for both: the suites of the other one are left out, and the runner says so."""
    given = set(find.given())
    covered = given | find.DATABASES if given & find.DATABASES else given
    return [kind for kind in find.NATIVE if kind not in covered and not find.is_installed(kind)]


def missing_headers() -> list[str]:
    """Packages that building mysqlclient needs."""
    needed = {
        "gcc": find.program("cc") or find.program("gcc"),
        "pkg-config": find.program("pkg-config"),
        "libmariadb-dev": has_client_library(),
        f"python3.{sys.version_info.minor}-dev": Path(sysconfig.get_path("include"), "Python.h").exists(),
    }
    return [package for package, found in needed.items() if not found]


def has_client_library() -> bool:
    """Looks as mysqlclient's own build does."""
    names = ("mysqlclient", "mariadb", "libmariadb")
    with contextlib.suppress(OSError):
        return any(subprocess.run(["pkg-config", "--exists", name], check=False).returncode == 0 for name in names)
    return False


def missing_programs(names: Sequence[str]) -> list[str]:
    return [name for name in names if not find.program(name)]


def of_some_suites() -> list[str]:
    """Packages without which the runner leaves suites out, and says so: no reason to stop here."""
    return sorted({find.PROGRAMS[name] for name in missing_programs(list(find.PROGRAMS))})


def is_debian() -> bool:
    return Path("/etc/debian_version").exists() and find.program("apt-get") is not None


def install(packages: list[str]) -> None:
    print(f"installing {' '.join(packages)}", flush=True)
    with no_service_started():
        apt("update", must=False)  # an index that is a little old, or one of several that cannot be had, may do
        apt("install", "--yes", "--no-install-recommends", *packages)


def apt(*arguments: str, must: bool = True) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "--quiet", "-o", "DPkg::Lock::Timeout=300", *arguments]
    done = subprocess.run(
        command,
        check=False,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode and must:
        print("\n".join(done.stdout.splitlines()[-LAST_LINES:]), file=sys.stderr)


@contextlib.contextmanager
def no_service_started() -> Iterator[None]:
    """Puts our own policy in place for a while, and back the one that was there."""
    with tempfile.TemporaryDirectory(dir=POLICY.parent, prefix=".policy-rc.d-") as aside:
        earlier = Path(aside, POLICY.name)
        if (POLICY.is_symlink() or POLICY.exists()) and not is_ours(POLICY):
            POLICY.rename(earlier)
        try:
            POLICY.write_text(DO_NOT_START)
            POLICY.chmod(0o755)
            yield
        finally:
            POLICY.unlink(missing_ok=True)
            if earlier.is_symlink() or earlier.exists():
                earlier.rename(POLICY)


def is_ours(policy: Path) -> bool:
    """Left behind by one of us that was killed."""
    return policy.is_file() and policy.read_bytes() == DO_NOT_START.encode()


def pull(kind: str) -> bool:
    if not find.docker_succeeds("info", seconds=20):
        return False
    print(f"pulling {find.IMAGES[kind]}", flush=True)
    return find.docker_succeeds("pull", "--quiet", find.IMAGES[kind], seconds=600)


def advice(servers: Sequence[str], headers: Sequence[str], programs: Sequence[str] = ()) -> str:
    """One sentence: what is missing, and what to do."""
    titles = [find.TITLES[kind] for kind in servers]
    wanted = [*titles, *(["what mysqlclient is built with"] if headers else []), *programs]
    packages = [*(package for kind in servers for package in PACKAGES[kind]), *headers, *programs]
    sentence = f"The tests need {listed(wanted)}: install {listed(packages)} (on Debian, root's make test does that)"
    if servers:
        images = listed([find.IMAGES[kind] for kind in servers])
        sentence += f", or make the Docker image{'s' if servers[1:] else ''} {images} available"
        sentence += ", or name servers of yours in TEST_BROKER_URL and TEST_DATABASE_URL"
    return f"{sentence}."


def listed(words: list[str]) -> str:
    return " and ".join([*([", ".join(words[:-1])] if words[1:] else []), *words[-1:]])


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what is put aside is put back
    sys.exit(main(sys.argv[1:]))
