"""A client in TypeScript with types generated from the descriptions: tsc checks it, node runs it."""

from pathlib import Path

import pytest

from tests import npm
from tests.api.programs import description, run
from tests.e2e.stacks.make_run import MakeRun
from tests.e2e.stacks.processes import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return npm.installed(source=ROOT / "tests/api/typescript", to=tmp_path / "client")


def test_a_client_that_fits_the_descriptions_does_all_that_they_promise(stack: MakeRun, project: Path) -> None:
    tools = project / "node_modules/.bin"
    for service in ("admin", "service"):
        run(tools / "openapi-typescript", description(service), "--output", f"{service}.ts", folder=project)
    run(tools / "tsc", folder=project)
    urls = [f"http://127.0.0.1:{api.port}" for api in (stack.admin, stack.service)]
    assert "all as described" in run("node", "built/client.js", *urls, folder=project)
