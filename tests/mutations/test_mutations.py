"""Each mutation still fits the code, and names a test that is there; `make mutations` sees whether it goes red."""

import ast
from pathlib import Path

import pytest

from tests.mutations.mutation import Mutation
from tests.mutations.mutations import MUTATIONS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_fits_the_code(mutation: Mutation) -> None:
    for file, old, new in mutation.changes:
        assert (ROOT / file).read_text().count(old) == 1
        assert old != new


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_names_a_test_of_its_suite(mutation: Mutation) -> None:
    group = mutation.suite.partition("[")[0]
    folder = ROOT / group / "tests" if group in ("admin", "service") else ROOT / "tests" / group
    trees = (ast.parse(file.read_text()) for file in folder.rglob("test_*.py"))
    names = {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert mutation.test in names
