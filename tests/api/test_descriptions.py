"""What the OpenAPI files say is so: schemathesis asks everything they allow, and what they forbid."""

import re
from pathlib import Path

import pytest

from tests.api.programs import TOOLS, description, run
from tests.e2e.stacks.make_run import MakeRun
from tests.e2e.stacks.processes import ROOT

CONFIG = ROOT / "tests/api/schemathesis.toml"
LEAST = {"admin": 700, "service": 300}  # requests: with fewer it would prove little


@pytest.mark.parametrize("service", ["admin", "service"])
def test_every_answer_is_described(stack: MakeRun, tmp_path: Path, service: str) -> None:
    stack.admin.create(title="Lamp", price="19.90", sku=f"described-{service}")
    url = f"http://127.0.0.1:{getattr(stack, service).port}"
    options = ("--config-file", CONFIG, "--no-color")
    said = run(TOOLS / "schemathesis", *options, "run", description(service), "--url", url, folder=tmp_path)
    assert number(r"Tested: (\d+)", said) == number(r"(\d+) selected / \d+ total\n", said), said
    assert number(r"(\d+) generated", said) >= LEAST[service], said


def number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    assert found, f"{pattern} is not in:\n{text}"
    return int(found[1])
