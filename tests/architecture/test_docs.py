"""The docs are complete and true, as far as a machine can tell: variables, commands, links and names of files."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("admin", "service")
NOT_OURS = {".git", ".venv", ".venv-bench", "var", "node_modules", "__pycache__"}
MADE_BY_MAKE = ("var/", ".venv/", ".venv-bench/")
ENDINGS = "py|md|yml|yaml|json|cnf|conf|toml|txt|in|svg"
FILE = re.compile(rf"(?<![\w./<:*-])(?:[\w.*-]+/)*[\w.*-]*[\w*-]\.(?:{ENDINGS})(?![\w/>])")
FOLDER = re.compile(r"(?<![\w./<:*-])(?:[\w.-]+/)+(?![\w*<.-])")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def project_files() -> list[Path]:
    found = (file for file in ROOT.rglob("*") if not NOT_OURS & set(file.relative_to(ROOT).parts) and file.is_file())
    return sorted(file for file in found if "cache" not in file.relative_to(ROOT).as_posix())


FILES = project_files()
PAGES = [file for file in FILES if file.suffix == ".md"]
NAMES = {file.name for file in FILES}
README = (ROOT / "README.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
DOCS = "\n".join(page.read_text() for page in PAGES if page.parent == ROOT or "docs" in page.parts)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def read_by_settings() -> set[str]:
    text = "".join((ROOT / service / "config" / "settings.py").read_text() for service in SERVICES)
    return set(re.findall(r"\benv\.\w+\(\s*\"(\w+)\"", text))


def knobs() -> dict[str, str]:
    """Every OUTBOX_… and INBOX_… with its default as one would write it."""
    found = {}
    for file in (file for service in SERVICES for file in (ROOT / service).glob("*/conf.py")):
        module = ast.parse(file.read_text())
        fields = next(node for node in module.body if isinstance(node, ast.ClassDef)).body
        for field in (node for node in fields if isinstance(node, ast.AnnAssign)):
            assert isinstance(field.target, ast.Name)
            assert field.value is not None
            found[f"{file.parent.name}_{field.target.id}".upper()] = f"{ast.literal_eval(field.value)}".removesuffix(
                ".0"
            )
    return found


def read_by_make_run() -> set[str]:
    text = (ROOT / "dev" / "run.py").read_text()
    ending = re.findall(r"\{\w+\.upper\(\)\}(_[A-Z_]+)\b", text)
    whole = set(re.findall(r"\"([A-Z][A-Z_]+)\"", text)) - {"PYTHONUNBUFFERED"}
    return whole | {f"{service.upper()}{rest}" for service in SERVICES for rest in ending}


def read_by_compose() -> set[str]:
    text = (ROOT / "docker-compose.yml").read_text()
    environments = [service.get("environment", {}) for service in yaml.safe_load(text)["services"].values()]
    passed_on = {name for given in environments for name, value in given.items() if value is None}
    text += (ROOT / "docker-compose.prod.yml").read_text()
    return passed_on | set(re.findall(r"\$\{(\w+)", re.sub(r"#.*", "", text)))


def read_by_tests() -> set[str]:
    text = "".join(file.read_text() for file in (ROOT / "tests" / "servers").glob("*.py"))
    return set(re.findall(r"\"(TEST_\w+)\"", text))


READ = read_by_settings() | knobs().keys() | read_by_make_run() | read_by_compose()


def shown() -> dict[str, str]:
    """What stands in .env.example: name → value, set or commented out."""
    return dict(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=(.*)$", EXAMPLE, re.MULTILINE))


def tables() -> Iterator[list[str]]:
    """The rows of every table of variables, as cells."""
    for table in re.findall(r"^\| variable \|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", DOCS, re.MULTILINE):
        yield from ([cell.strip() for cell in row.strip("|").split(" | ")] for row in table.splitlines())


def documented() -> dict[str, str]:
    """Every variable of the tables with its default; several share a row, and may share a default."""
    found = {}
    for first, _, defaults, *_ in tables():
        names, values = re.findall(r"`([A-Z][A-Z0-9_]*)`", first), re.findall(r"`([^`]*)`", defaults)
        found |= dict(zip(names, values if len(values) == len(names) else [defaults] * len(names), strict=True))
    return found


def test_the_variables_are_found_where_they_are_read() -> None:
    assert {"SECRET_KEY", "ADMIN_URL", "LOG_FORMAT"} <= read_by_settings()
    assert {"OUTBOX_BATCH", "INBOX_BATCH"} <= knobs().keys()
    assert {"VAR_DIR", "ADMIN_PORT", "SERVICE_DATABASE_URL"} <= read_by_make_run()
    assert {"RABBITMQ_PASSWORD", "CORS_ALLOWED_ORIGINS"} <= read_by_compose()


def test_every_variable_stands_in_the_example() -> None:
    assert READ - shown().keys() == set()


def test_every_variable_stands_in_a_table() -> None:
    assert READ - documented().keys() == set()


def test_no_variable_is_documented_that_nothing_reads() -> None:
    known = READ | read_by_tests()
    assert shown().keys() - known == set()
    assert documented().keys() - known == set()


@pytest.mark.parametrize(("knob", "default"), knobs().items())
def test_the_default_of_a_knob_is_the_documented_one(knob: str, default: str) -> None:
    assert shown()[knob] == default
    assert documented()[knob] == (default or "none")


@pytest.mark.parametrize(
    "secret", sorted(name for name in read_by_settings() - {"CONSOLE_URL"} if re.search("KEY|URL|TOKEN", name))
)
def test_a_secret_may_come_from_a_file_and_the_docs_say_so(secret: str) -> None:
    assert f"{secret}_FILE" in README
    assert f"{secret}_FILE" in EXAMPLE


def commands() -> list[str]:
    found = [file for service in SERVICES for file in (ROOT / service).glob("*/management/commands/[a-z]*.py")]
    return sorted(file.stem for file in found)


@pytest.mark.parametrize("command", commands())
def test_every_command_is_documented(command: str) -> None:
    assert f"manage.py {command}" in DOCS


def test_no_command_is_documented_that_is_not_there() -> None:
    of_others = {
        "migrate",
        "shell",
        "createsuperuser",
        "check",
        "makemigrations",
        "collectstatic",
        "axes_reset_username",
    }
    assert set(re.findall(r"manage\.py ([a-z_]+)", DOCS)) - {*commands(), *of_others} == set()


def targets() -> list[str]:
    return re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("target", targets())
def test_every_target_is_documented(target: str) -> None:
    assert re.search(rf"\bmake {target}\b", DOCS)


def test_no_target_is_documented_that_is_not_there() -> None:
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", DOCS, re.MULTILINE)) - set(targets()) == set()


def code(page: Path) -> str:
    """What stands in code blocks and between backticks."""
    text = page.read_text()
    blocks = re.findall(r"^```.*?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))])


def prose(page: Path) -> str:
    return re.sub(r"`[^`\n]+`", "", re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S))


def exists(path: str, page: Path) -> bool:
    """Below the repository, the page's folder or one of the services, whose commands run there; or a bare name."""
    folders = (ROOT, page.parent, *(ROOT / service for service in SERVICES))
    return path.startswith(MADE_BY_MAKE) or path in NAMES or any(any(folder.glob(path)) for folder in folders)


@each_page
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = {*FILE.findall(code(page)), *(folder.rstrip("/") for folder in FOLDER.findall(code(page)))}
    assert {path for path in named if not exists(path, page)} == set()


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of the headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = set()
    for link in LINK.findall(prose(page)):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.add(link)
    assert broken == set()


def test_every_page_that_the_code_points_to_exists() -> None:
    named = {
        path
        for file in FILES
        if file.suffix in {".py", ".yml", ".yaml", ".cnf", ".conf", ".toml", ""}
        for path in re.findall(rf"\b(?:docs|contract)/[\w./-]+\.(?:{ENDINGS})\b", file.read_text(errors="replace"))
    }
    assert named
    assert {path for path in named if not (ROOT / path).exists()} == set()


def test_every_decision_stands_in_the_list_with_its_number_and_has_all_its_parts() -> None:
    folder = ROOT / "docs" / "decisions"
    decisions = sorted(folder.glob("[0-9]*.md"))
    listed = re.findall(r"^(\d+)\. \[(.+)\]\((.+)\)$", (folder / "README.md").read_text(), re.MULTILINE)
    assert [file for _, _, file in listed] == [file.name for file in decisions]
    for (number, title, _), file in zip(listed, decisions, strict=True):
        text = file.read_text()
        assert file.name.startswith(f"{int(number):04d}-")
        assert text.startswith(f"# {number}. {title}\n")
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences", "Rejected alternatives"]
        assert "**Status:**" in text
        assert len(text.splitlines()) <= 40
