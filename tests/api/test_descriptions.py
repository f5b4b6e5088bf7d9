"""What the OpenAPI files say is so: schemathesis asks all that they allow, and much that they forbid."""

from pathlib import Path

import pytest

from tests.api.programs import asked
from tests.e2e.convergence import assert_converges
from tests.e2e.stacks.make_run import MakeRun

FOLDER = Path(__file__).parent
CONFIGS = {"admin": ["described.toml"], "service": ["described.toml", "behind.toml"]}
LEAST = {"admin": 500, "service": 200}  # requests: with fewer it would prove little


@pytest.mark.parametrize("service", ["admin", "service"])
def test_every_answer_is_described(stack: MakeRun, tmp_path: Path, service: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text("".join((FOLDER / name).read_text() for name in CONFIGS[service]))
    stack.admin.create(title="Lamp", price="19.90", sku=f"described-{service}")
    assert asked(config, service, getattr(stack, service).port, folder=tmp_path) >= LEAST[service]
    assert_converges(stack, {}, within=30)  # whatever was written, service has it too
