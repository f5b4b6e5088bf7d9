"""Outside development nobody is answered without a token, whatever is asked."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.programs import asked
from tests.e2e.stacks.make_run import PROGRAM, MakeRun
from tests.e2e.stacks.processes import ROOT, environment

CLOSED = {
    "DEBUG": "0",
    "SECRET_KEY": "of the tests alone, 4f1d9c27b8e05a63, and long enough for anybody",
    "ALLOWED_HOSTS": "127.0.0.1",
    "HTTPS": "0",
    "WRITE_RATE": "1000000/min",
}

FOLDER = Path(__file__).parent


@pytest.fixture(scope="module")
def closed() -> Iterator[MakeRun]:
    with MakeRun(CLOSED) as running:
        yield running


@pytest.mark.parametrize("service", ["admin", "service"])
def test_every_operation_asks_for_a_token(closed: MakeRun, tmp_path: Path, service: str) -> None:
    command = [*PROGRAM, service, "tokens", "create", "schemathesis", "--scope", "operate", "--days", "1"]
    made = subprocess.run(
        command, cwd=ROOT, env=environment(closed.settings), capture_output=True, text=True, check=True
    )
    header = f"Authorization: Bearer {made.stdout.strip()}"
    assert (
        asked(FOLDER / "closed.toml", service, getattr(closed, service).port, "--header", header, folder=tmp_path) > 20
    )
