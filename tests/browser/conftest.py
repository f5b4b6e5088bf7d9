"""Both services as `make run` starts them, Debian's Chromium, and a witness of everything that a page does."""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests import npm
from tests.browser import axe
from tests.browser.scenes import bring_in_step
from tests.browser.sites import SIDES, Person, let_in, log_in, url
from tests.browser.witness import Witness
from tests.e2e.stacks.make_run import MakeRun
from tests.e2e.stacks.native import Native, Servers
from tests.e2e.stacks.processes import ROOT
from tests.servers import find

FLAGS = (
    "--no-sandbox",  # the tests may run as root; they open pages of ours alone
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)
WINDOW = {"width": 1280, "height": 800}
PATIENCE_MS = 10_000  # for what a page is waited for
HEARTBEAT = 3  # seconds: a drift check waits 14 then, not 35
IMAGES = ROOT / "docs/images"
MAX_IMAGE_BYTES = 150_000

OpenPage = Callable[..., Page]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--images", action="store_true", help="write the pictures of the docs anew: docs/images/")


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with Servers() as started:
        yield started


@pytest.fixture(scope="session")
def ada() -> Person:
    return Person()


@pytest.fixture(scope="session")
def stack(servers: Servers, ada: Person) -> Iterator[Native]:
    """With a broker, which `stack.broker_down(how)` takes away for a while."""
    with Native(servers, heartbeat=HEARTBEAT) as running:
        let_in(running, ada)
        yield running


@pytest.fixture(scope="session")
def embedded(ada: Person) -> Iterator[MakeRun]:
    """Without one: service pulls admin's feed."""
    with MakeRun() as running:
        let_in(running, ada)
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = find.program("chromium")
    assert program, "there is no chromium (python3 tests/servers/install.py)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def session(stack: Native, ada: Person, chromium: Browser) -> Any:
    """The cookies of ada, who has logged in on every side of the shared stack."""
    context = chromium.new_context()
    page = context.new_page()
    for side in SIDES:
        log_in(page, getattr(stack, side), name=ada.name, password=ada.password)
        page.wait_for_url(url(getattr(stack, side), "/admin/"))
    cookies = context.storage_state()
    context.close()
    return cookies


@pytest.fixture
def witness(request: pytest.FixtureRequest) -> Iterator[Witness]:
    """Complains when the test is over: of errors in the console, scripts that fail, dialogs, requests to strangers."""
    stacks = [request.getfixturevalue(name) for name in ("stack", "embedded") if name in request.fixturenames]
    seen = Witness(hosts={f"127.0.0.1:{api.port}" for one in stacks for api in (one.admin, one.service)})
    yield seen
    assert seen.complaints() == []


@pytest.fixture
def open_page(chromium: Browser, witness: Witness) -> Iterator[OpenPage]:
    """A new window with the options of Playwright's `new_context`: nobody is logged in, light, with JavaScript."""
    with ExitStack() as contexts:

        def opened(**options: Any) -> Page:
            context = chromium.new_context(viewport=WINDOW, reduced_motion="reduce", **options)
            contexts.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            witness.watch(context)
            return context.new_page()

        yield opened


@pytest.fixture
def stranger(open_page: OpenPage) -> Page:
    """A window of somebody who is not logged in."""
    return open_page()


@pytest.fixture
def page(session: Any, open_page: OpenPage) -> Page:
    """Ada's window."""
    return open_page(storage_state=session)


@pytest.fixture
def in_step(stack: Native, page: Page) -> None:
    """Both sides are so when the test begins."""
    bring_in_step(stack, page)


@pytest.fixture
def page_without_javascript(session: Any, open_page: OpenPage) -> Page:
    return open_page(storage_state=session, java_script_enabled=False)


@pytest.fixture(scope="session")
def axe_source(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = npm.installed(source=ROOT / "tests/browser/npm", to=tmp_path_factory.mktemp("axe") / "npm")
    return (folder / "node_modules/axe-core/axe.min.js").read_text()


@pytest.fixture
def violations(axe_source: str) -> Callable[[Page], list[str]]:
    """What is grave on a page that `open_page(…, bypass_csp=True)` has opened, in words, light and dark."""
    return lambda page: axe.violations_in_both_schemes(page, axe_source)


@pytest.fixture
def picture(pytestconfig: pytest.Config, tmp_path: Path) -> Callable[[Page, str], Path]:
    """Takes one of the window for the docs, small enough for a repository; it is kept only with --images."""
    folder = IMAGES if pytestconfig.getoption("--images") else tmp_path

    def take(page: Page, name: str) -> Path:
        folder.mkdir(exist_ok=True)
        file = folder / f"{name}.png"
        taken = page.screenshot(path=file, animations="disabled", caret="hide")
        assert len(taken) < MAX_IMAGE_BYTES, f"{name}.png has {len(taken)} bytes"
        return file

    return take


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        for name in ("stack", "embedded"):
            if name in item.funcargs:
                report.sections.append((f"log of {name}", item.funcargs[name].log_tail()))
    return report
