"""A client in TypeScript with types generated from the descriptions: tsc checks it, node runs it."""

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.api.programs import description, run
from tests.e2e.stacks.make_run import MakeRun
from tests.e2e.stacks.processes import ROOT
from tests.servers import find

SOURCE = ROOT / "tests/api/typescript"
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

if not (find.program("npm") and find.program("node")):
    pytest.skip("left out: there is no npm here (python3 tests/servers/install.py npm)", allow_module_level=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy with what package-lock.json names, out of npm's cache where that has it."""
    folder = Path(shutil.copytree(SOURCE, tmp_path / "client"))
    mine = {name: value for name, value in os.environ.items() if name.upper().startswith(ENVIRONMENT)}
    try:
        run("npm", "ci", *QUIET, folder=folder, settings=mine)
    except AssertionError as error:
        if why := AWAY.search(str(error)):
            pytest.skip(f"left out: npm cannot have its packages here ({why[1]})")
        raise
    return folder


def test_a_client_that_fits_the_descriptions_does_all_that_they_promise(stack: MakeRun, project: Path) -> None:
    tools = project / "node_modules/.bin"
    for service in ("admin", "service"):
        run(tools / "openapi-typescript", description(service), "--output", f"{service}.ts", folder=project)
    run(tools / "tsc", folder=project)
    urls = [f"http://127.0.0.1:{api.port}" for api in (stack.admin, stack.service)]
    assert "all as described" in run("node", "built/client.js", *urls, folder=project)
