"""The catalogue, the tests and docs/when-things-go-wrong.md agree: no fault is forgotten, no proof is only claimed."""

import ast
import re

import pytest

from tests.faults import catalogue
from tests.faults.elsewhere import ELSEWHERE

PAGE = catalogue.PAGE.read_text()
pytestmark = pytest.mark.smoke


@pytest.mark.parametrize("test", sorted({test for tests in ELSEWHERE.values() for test in tests}))
def test_what_is_proved_elsewhere_is_there(test: str) -> None:
    file, _, name = test.partition("::")
    tree = ast.parse((catalogue.ROOT / file).read_text())
    assert name in [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def test_each_fault_of_the_catalogue_has_a_test() -> None:
    assert list(catalogue.proofs()) == catalogue.FAULTS


def test_each_fault_has_its_row_for_whoever_meets_it() -> None:
    rows = re.findall(r"^\| (F[0-9]+) \|", PAGE.partition(catalogue.HEADING)[0], flags=re.MULTILINE)
    assert rows == catalogue.FAULTS


def test_the_page_names_the_tests_that_prove_it() -> None:
    assert PAGE.endswith(catalogue.table()), "Run python tests/faults/catalogue.py, which writes them into the page."
