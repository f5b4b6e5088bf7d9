"""Processes of ours: the environment they get, and finding all that belong together."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# Nothing of a developer's shell that the product reads, nor of the `make` that may have started the tests.
INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "DOCKER_HOST", "DOCKER_CONFIG")
LOG_LINES = 60


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | dict(settings)


def processes_with(name: str, value: str) -> set[int]:
    """All living processes that have this in their environment, wherever they stand in the tree."""
    wanted = f"{name}={value}".encode()
    found = set()
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):  # it has ended meanwhile, or is another user's
            if wanted in environ.read_bytes().split(b"\0"):
                found.add(int(environ.parent.name))
    return found


def tail(log: Path) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])
    return "(no log)"
