"""Which test proves which fault: read from the marks, written into docs/when-things-go-wrong.md when this is run."""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.mutations.mutations import MUTATIONS  # noqa: E402  the path comes first

PAGE = ROOT / "docs/when-things-go-wrong.md"
FAULTS = [f"F{number}" for number in range(1, 82)]
BROKEN = (
    "`make mutations` breaks each of these once, in a copy of the project, and wants just that test to fail.\n"
    "`make mutations ONLY=guard` does those with that word in their name."
)
HEADING = "## Which test proves it\n"  # from here on the page is written by this module


def proofs() -> dict[str, list[str]]:
    """Fault → the tests that prove it, each as its file and name."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted((ROOT / "tests/faults").glob("test_*.py")):
        for name, faults in marked(file):
            for fault in faults:
                found[fault].append(f"{file.relative_to(ROOT).as_posix()}::{name}")
    for fault, names in elsewhere().items():
        found[fault] += names
    return {fault: sorted(found[fault]) for fault in FAULTS if found[fault]}


def marked(file: Path) -> Iterator[tuple[str, list[str]]]:
    """Each test function of the file with the faults that its decorators name."""
    tree = ast.parse(file.read_text(), str(file))
    tables = dict(cases(tree))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found = {fault for decorator in node.decorator_list for fault in named(decorator, tables)}
            yield node.name, sorted(found)


def cases(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """The module's tables of cases whose keys begin with their fault, as in "F53 not JSON"."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Dict):
            keys = [str(key.value) for key in node.value.keys if isinstance(key, ast.Constant)]
            yield node.targets[0].id, [key.split()[0] for key in keys if re.match(r"F[0-9]+ ", key)]


def named(decorator: ast.expr, tables: dict[str, list[str]]) -> Iterator[str]:
    """The strings like F12 anywhere in a decorator: marks, and the cases of a parametrised test."""
    for node in ast.walk(decorator):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"F[0-9]+", node.value):
            yield node.value
        if isinstance(node, ast.Name):
            yield from tables.get(node.id, [])


def elsewhere() -> dict[str, list[str]]:
    tree = ast.parse((ROOT / "tests/faults/elsewhere.py").read_text())
    (table,) = (node.value for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) and node.value)
    return dict(ast.literal_eval(table))


def table() -> str:
    lines = [HEADING, "| | test |", "| --- | --- |"]
    for fault, names in proofs().items():
        lines.append(f"| {fault} | {' <br> '.join(map(link, names))} |")
    lines += ["", "## Can these tests fail?", "", BROKEN, "", "| broken | seen by |", "| --- | --- |"]
    lines += [
        f"| {mutation.name} | {mutation.test.removeprefix('test_').replace('_', ' ')} |" for mutation in MUTATIONS
    ]
    return "\n".join(lines) + "\n"


def link(test: str) -> str:
    file, _, name = test.partition("::")
    return f"[{words(name)}](../{file})"


def words(test: str) -> str:
    return test.removeprefix("test_").replace("_", " ")


if __name__ == "__main__":
    head = PAGE.read_text().partition(HEADING)[0]
    PAGE.write_text(head + table())
