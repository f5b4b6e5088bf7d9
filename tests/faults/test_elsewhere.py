"""The catalogue and the tests agree: what is said to be proved elsewhere is there, and no fault is forgotten."""

import ast
import re
from pathlib import Path

import pytest

from tests.faults.elsewhere import ELSEWHERE

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
CATALOGUE = {f"F{number}" for number in range(1, 53)}
# Of these there is no test yet: whoever writes one takes it out.
MISSING = {f"F{number}" for number in (37, 39, 42, 43, *range(45, 53))}
MARK = re.compile(r"@pytest\.mark\.fault\(([^)]*)\)")


@pytest.mark.smoke
@pytest.mark.parametrize("test", sorted({test for tests in ELSEWHERE.values() for test in tests}))
def test_what_is_proved_elsewhere_is_there(test: str) -> None:
    file, _, name = test.partition("::")
    functions = [node.name for node in ast.parse((ROOT / file).read_text()).body if isinstance(node, ast.FunctionDef)]
    assert name in functions


@pytest.mark.smoke
def test_each_fault_of_the_catalogue_has_a_test_or_is_said_to_have_none() -> None:
    marks = [match for file in HERE.glob("test_*.py") for match in MARK.findall(file.read_text())]
    tested = {number for mark in marks for number in re.findall(r"F\d+", mark)} | ELSEWHERE.keys()
    assert tested <= CATALOGUE
    assert CATALOGUE - tested == MISSING
