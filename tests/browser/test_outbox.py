"""What waits in the outbox is held and let go, and every page of it is fit for everybody."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.scenes import IN_STEP, OUTBOX, SYNC, arrived, create, expect_verdict
from tests.browser.sites import manage, visit
from tests.e2e.stacks.native import Native

pytestmark = pytest.mark.usefixtures("in_step")


@pytest.fixture
def waiting(stack: Native, page: Page) -> Iterator[int]:
    """A product whose event waits, since the relay is paused."""
    manage(stack, "admin", "pause", "--reason", "a test")
    yield create(page, stack.admin, title="Waits")
    manage(stack, "admin", "outbox", "retry", "--all")
    manage(stack, "admin", "resume")


def test_an_event_is_held_and_let_go(stack: Native, page: Page, waiting: int) -> None:
    ask(stack, page, waiting, "Hold")
    page.get_by_label("Why").fill("wrong price")
    page.get_by_role("button", name="Hold 1").click()
    expect(page.get_by_text("1 held.")).to_be_visible()
    manage(stack, "admin", "resume")
    visit(page, stack.admin, SYNC)
    expect_verdict(page, "Not in step: 1 event is held since")
    expect(page.get_by_text("wrong price")).to_have_count(0)
    ask(stack, page, waiting, "Try now")
    expect(page.get_by_text("wrong price")).to_have_count(0)
    page.get_by_role("button", name="Try 1 now").click()
    arrived(stack, waiting)
    visit(page, stack.admin, SYNC)
    expect_verdict(page, IN_STEP)


def ask(stack: Native, page: Page, product: int, action: str) -> None:
    """From the list to the event, and there for the question."""
    visit(page, stack.admin, f"{OUTBOX}?product={product}")
    page.get_by_role("table").get_by_role("link").first.click()
    page.get_by_role("button", name=f"{action}…").click()


def test_no_page_of_it_has_a_grave_fault_of_accessibility(
    stack: Native, session: object, open_page: OpenPage, waiting: int, violations: Callable[[Page], list[str]]
) -> None:
    page = open_page(storage_state=session, bypass_csp=True)
    visit(page, stack.admin, OUTBOX)
    assert violations(page) == []
    page.get_by_role("table").get_by_role("link").first.click()
    assert violations(page) == []
