"""The website of shops as a process of its own, and the knobs with which it may be fetched from."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from tests.support import ADMIN

SITE = ADMIN.parent / "tests/shops/site.py"


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """Its address, as http://127.0.0.1:8080."""
    yield from started()


@pytest.fixture
def imports_conf(settings: Any) -> Callable[..., None]:
    """Turns the imports' knobs, also beyond their bounds. From now on loopback may be fetched from, without a pause."""

    def turn(**changes: Any) -> None:
        settings.IMPORTS = msgspec.structs.replace(settings.IMPORTS, **changes)

    turn(private_networks="127.0.0.0/8", delay_seconds=0)
    return turn


def started(*options: str) -> Iterator[str]:
    """One such website, until the caller is done."""
    command = [sys.executable, str(SITE), *options]
    with subprocess.Popen(command, env={"PATH": os.environ["PATH"]}, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()
