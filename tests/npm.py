"""Packages of npm's that a suite needs: what its package-lock.json names, out of npm's cache where that has it."""

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.api.programs import run
from tests.servers import find

# What npm says when its registry is out of reach, or keeps these packages from us: no fault of ours.
NETWORK = "ENOTFOUND|ECONN[A-Z]+|ETIMEDOUT|EAI_AGAIN|E[A-Z]+UNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED"
AWAY = re.compile(rf"code ({NETWORK}|E40[134]|E407|E429|E50[0-9]|\w*SELF_SIGNED\w*|UNABLE_TO_\w+)\b")
QUIET = (
    "--prefer-offline",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--fetch-retries=1",
    "--fetch-timeout=20000",
)
ENVIRONMENT = ("NPM_CONFIG_", "NODE_EXTRA_CA_CERTS", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")  # and in small letters


def installed(*, source: Path, to: Path) -> Path:
    """A copy of the folder with its packages. Skips the test where there is no npm, or npm cannot have them."""
    if not (find.program("npm") and find.program("node")):
        pytest.skip("left out: there is no npm here (python3 tests/servers/install.py npm)")
    folder = Path(shutil.copytree(source, to))
    mine = {name: value for name, value in os.environ.items() if name.upper().startswith(ENVIRONMENT)}
    try:
        run("npm", "ci", *QUIET, folder=folder, settings=mine)
    except AssertionError as error:
        if why := AWAY.search(str(error)):
            pytest.skip(f"left out: npm cannot have its packages here ({why[1]})")
        raise
    return folder
