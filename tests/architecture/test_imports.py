"""Who may import whom, and how large things get. Read from the source alone: import-linter checks the finer rules."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("admin", "service")
PIKA = {
    "admin": ("admin/outbox/broker.py", "admin/outbox/publisher.py"),
    "service": ("service/inbox/sources/amqp/",),
}
EXCEPTED = {("admin/catalogue/models.py", "catalogue.querysets")}  # docs/decisions/0001-outbox-written-by-the-orm.md
READS_ENVIRONMENT = {"celery.py", "settings.py", "manage.py", "wsgi.py", "gunicorn.conf.py"}
MAX_FUNCTION_LINES = 40
TWICE = [
    *(f"config/{name}.py" for name in ["branding", "errors", "filters", "formats/__init__", "formats/en/formats"]),
    *(f"config/{name}.py" for name in ["hardening", "login", "logs", "mysql/base", "openapi", "pagination"]),
    *(f"config/{name}.py" for name in ["parsing", "policies", "printable", "reports", "spans", "static", "tracing"]),
    "config/away.py",
    "config/peers.py",
    "config/version.py",
    "config/wsgi.py",
    "gunicorn.conf.py",
    *sorted(
        str(file.relative_to(ROOT / "admin"))
        for folder in ("access", "config/assets", "config/templates", "console", "processes")
        for file in (ROOT / "admin" / folder).rglob("*")
        if file.is_file() and file.suffix != ".pyc"
    ),
]
MAX_MODULE_LINES = 250

each_service = pytest.mark.parametrize("service", SERVICES)


def sources(service: str) -> list[Path]:
    return sorted(file for file in (ROOT / service).rglob("*.py") if not {".venv", "var"} & set(file.parts))


def product_code(service: str) -> list[Path]:
    """Neither tests nor what Django has generated."""
    return [file for file in sources(service) if not {"tests", "migrations"} & set(file.parts)]


def packages(service: str) -> set[str]:
    return {file.parent.name for file in (ROOT / service).glob("*/__init__.py")} - {"tests"}


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(), str(file))


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def imports(file: Path) -> Iterator[str]:
    """Dotted names, with what is taken from a module as its last part; a relative one as it is: dots first."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def imported_packages(file: Path) -> set[str]:
    return {dotted.partition(".")[0] for dotted in imports(file)}


@each_service
def test_the_source_is_found(service: str) -> None:
    assert len(product_code(service)) > 15
    assert len(packages(service)) == {"admin": 8, "service": 6}[service]


@each_service
def test_pika_is_known_to_the_edge_alone(service: str) -> None:
    knowing = [name(file) for file in product_code(service) if "pika" in imported_packages(file)]
    assert knowing
    assert [file for file in knowing if not file.startswith(PIKA[service])] == []


@each_service
def test_a_service_imports_neither_the_other_one_nor_the_contract(service: str) -> None:
    (other,) = set(SERVICES) - {service}
    foreign = (packages(other) - packages(service)) | {*SERVICES, "contract"}
    assert [name(file) for file in sources(service) if foreign & imported_packages(file)] == []


@each_service
def test_the_product_imports_no_tests_and_no_tools(service: str) -> None:
    assert [name(file) for file in product_code(service) if {"tests", "dev"} & imported_packages(file)] == []


@each_service
def test_models_import_nothing_of_ours(service: str) -> None:
    models = [file for file in product_code(service) if file.name == "models.py"]
    assert models
    found = {
        (name(file), dotted.rpartition(".")[0])
        for file in models
        for dotted in imports(file)
        if dotted.startswith(".") or dotted.partition(".")[0] in packages(service)
    }
    assert found == {pair for pair in EXCEPTED if pair[0].startswith(f"{service}/")}


@each_service
def test_the_environment_is_read_in_settings_alone(service: str) -> None:
    reading = [file for file in product_code(service) if re.search(r"\bos\.environ\b|\bgetenv\b", file.read_text())]
    assert [name(file) for file in reading if file.name not in READS_ENVIRONMENT] == []


@each_service
def test_nothing_prints_but_the_command_line(service: str) -> None:
    printing = [
        f"{name(file)}:{node.lineno}"
        for file in product_code(service)
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert [place for place in printing if not place.startswith(f"{service}/manage.py:")] == []


@each_service
def test_functions_fit_a_screen(service: str) -> None:
    too_long = [
        f"{name(file)}:{node.lineno} {node.name} has {lines} lines"
        for file in product_code(service)
        for node in ast.walk(tree(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]
    assert too_long == []


@each_service
def test_modules_stay_small(service: str) -> None:
    lines = {name(file): len(file.read_text().splitlines()) for file in product_code(service)}
    assert {file: count for file, count in lines.items() if count > MAX_MODULE_LINES} == {}


@pytest.mark.parametrize("file", TWICE)
def test_what_stands_in_both_services_is_the_same(file: str) -> None:
    """Twice on purpose (decision 5), so that each is deployed by itself; a mend in one alone is a bug in the other."""
    assert (ROOT / "admin" / file).read_text() == (ROOT / "service" / file).read_text()
