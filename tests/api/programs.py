"""Runs the programs that read a description, away from the repository, which they would leave files in."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.e2e.stacks.processes import ROOT, environment
from tests.servers.process import ends_with_us

SECONDS = 100
TOOLS = Path(sys.executable).parent
PATH = f"{TOOLS}:{os.environ.get('PATH', os.defpath)}"  # what is generated is put in order with our ruff


def description(service: str) -> Path:
    return ROOT / f"contract/openapi.{service}.yaml"


def asked(config: Path, service: str, port: int, *options: str, folder: Path) -> int:
    """How many requests schemathesis has sent, when all was well and no operation was left out."""
    command = (TOOLS / "schemathesis", "--config-file", config, "--no-color", "run")
    url = f"http://127.0.0.1:{port}"
    said = run(*command, description(service), "--url", url, *options, folder=folder)
    assert _number(r"Tested: (\d+)", said) == _number(r"(\d+) selected / \d+ total\n", said), said
    return _number(r"(\d+) generated", said)


def run(*command: object, folder: Path, settings: Mapping[str, str] | None = None) -> str:
    """What it says, when it has ended well."""
    done = subprocess.run(
        [*ends_with_us(signal.SIGKILL), *map(str, command)],
        cwd=folder,
        env=environment({"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PATH": PATH, **(settings or {})}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{Path(str(command[0])).name} ended with {done.returncode}:\n{done.stdout[-12_000:]}"
    return done.stdout


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    assert found, f"{pattern} is not in:\n{text}"
    return int(found[1])
