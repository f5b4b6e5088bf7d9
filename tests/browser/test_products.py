"""Products in admin's pages: they reach service, and whatever they hold is text, which breaks nothing."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sites import Person, log_in, overflow, url, visit
from tests.e2e.stacks.make_run import MakeRun
from tests.e2e.stacks.native import Native
from tests.e2e.waiting import eventually

PRODUCTS = "/admin/catalogue/product/"
SECONDS = 10
HOSTILE = {
    "markup": {"title": "<script>alert(1)</script><img src=x onerror=alert(2)>", "description": "</textarea><b>bold"},
    "right to left": {"title": "‮مصباح מנורה‬", "description": "مصباح מנורה\n" * 5},
    "one long word": {"title": "W" * 200, "description": "x" * 10_000},
    "ten thousand characters": {"title": "Long", "description": "word " * 2_000},
}

each_hostile = pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())


def test_a_product_that_is_made_in_admin_s_pages_is_on_service_within_seconds(stack: Native, page: Page) -> None:
    assert_made_on_both_sides(stack, page, title="Lamp", price="19.90")


def test_without_a_broker_too(embedded: MakeRun, stranger: Page, ada: Person) -> None:
    log_in(stranger, embedded.admin, name=ada.name, password=ada.password)
    stranger.wait_for_url(url(embedded.admin, "/admin/"))
    assert_made_on_both_sides(embedded, stranger, title="Desk", price="99.00")


def assert_made_on_both_sides(stack: MakeRun, page: Page, *, title: str, price: str) -> None:
    visit(page, stack.admin, f"{PRODUCTS}add/")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Price").fill(price)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    made = max(stack.admin.products())
    product = eventually(lambda: stack.service.product(made), within=SECONDS)
    assert (product["title"], product["price"]) == (title, price)


@each_hostile
def test_hostile_text_is_shown_as_text_and_the_layout_holds(stack: Native, page: Page, hostile: dict[str, str]) -> None:
    product = stack.admin.create(price="1.00", **hostile)
    visit(page, stack.admin, f"{PRODUCTS}{product['id']}/change/")
    expect(page.get_by_label("Title")).to_have_value(product["title"])
    expect(page.get_by_label("Description")).to_have_value(product["description"])
    assert overflow(page) == 0
    visit(page, stack.admin, PRODUCTS)
    link = page.locator(f"a[href^='{PRODUCTS}{product['id']}/']").first
    expect(link).to_have_text(re.compile(re.escape(product["title"])))
    expect(page.get_by_role("columnheader", name="Updated at")).to_be_in_viewport(ratio=1)
    assert overflow(page) == 0
