"""What scenarios are made of: the sync page and its verdict, a product on both sides, and what breaks one of them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

from tests.browser.sites import manage, url, visit
from tests.e2e.client import Api
from tests.e2e.stacks.native import Native, rows
from tests.e2e.waiting import eventually

SYNC = "/admin/"
PRODUCTS = "/admin/catalogue/product/"
OUTBOX = "/admin/outbox/outboxevent/"
LETTERS = "/admin/inbox/deadletter/"
DRIFT = "/admin/replica/driftcheck/"
AUDIT = "/admin/console/auditentry/"
TURN_MS = 45_000  # for what a page shows by itself: heartbeat, the other side's answer and the page's own turn
SECONDS = 30  # for an event to arrive on a busy machine
IN_STEP = re.compile("^In step: ")


def both_sides(product: int) -> str:
    return f"/admin/sync/products/{product}"


def verdict(page: Page) -> Locator:
    return page.locator("#ls-verdict .ls-sentence")


def sentence(page: Page) -> Locator:
    """Of a product's page."""
    return page.locator("#ls-product .ls-sentence")


def sidebar(page: Page, name: str) -> Locator:
    return page.locator("#nav-sidebar-apps").get_by_role("link", name=name)


def expect_verdict(page: Page, text: str | re.Pattern[str]) -> None:
    """Without a reload: the page must come to it by itself."""
    page.mouse.move(0, 0)  # what somebody points at stands still
    expect(verdict(page)).to_contain_text(text, timeout=TURN_MS)


def mark(*pages: Page) -> None:
    """So that a reload would be seen."""
    for page in pages:
        page.evaluate("window.isTheSame = true")


def assert_not_reloaded(*pages: Page) -> None:
    for page in pages:
        assert page.evaluate("window.isTheSame"), f"{page.url} was loaded again"


def create(page: Page, admin: Api, *, title: str, price: str = "19.90") -> int:
    """In admin's pages, as somebody does it."""
    visit(page, admin, f"{PRODUCTS}add/")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Price").fill(price)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    return max(admin.products())


def rename(page: Page, admin: Api, product: int, *, title: str) -> None:
    visit(page, admin, f"{PRODUCTS}{product}/change/")
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(url(admin, PRODUCTS))


def arrived(stack: Native, product: int) -> None:
    """Raises when service has another state of it."""
    want = stack.admin.product(product)

    def equal() -> None:
        assert stack.service.product(product) == want

    eventually(equal, within=SECONDS)


def bring_in_step(stack: Native, page: Page) -> None:
    """Whatever the test before has left: letters, and products that the copy alone has."""
    visit(page, stack.admin, SYNC)
    if not IN_STEP.match(verdict(page).inner_text()):
        manage(stack, "service", "dead_letters", "discard", "--all")
        manage(stack, "service", "check_drift", "--repair")
        expect_verdict(page, IN_STEP)


@contextmanager
def unable_to_store(stack: Native, title: str) -> Iterator[None]:
    """Service's database refuses products of this title, which it must not have yet. The end of it is the fix."""
    database = stack.settings["SERVICE_DATABASE_URL"]
    rows(database, "ALTER TABLE replica_product ADD CONSTRAINT title_is_sold CHECK (title <> %s)", title)
    try:
        yield
    finally:
        rows(database, "ALTER TABLE replica_product DROP CONSTRAINT title_is_sold")
