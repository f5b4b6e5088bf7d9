"""A copy that somebody has changed behind everybody's back is found out, seen field by field, and repaired."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.scenes import DRIFT, IN_STEP, SYNC, arrived, both_sides, expect_verdict, sentence
from tests.browser.sites import broken_badges, url, visit
from tests.e2e.stacks.native import Native, rows

CHECK_MS = 60_000  # it waits for what may be on its way

pytestmark = pytest.mark.usefixtures("in_step")


@pytest.fixture
def changed(stack: Native) -> Iterator[list[int]]:
    """Products whose copies say something else than admin, with the same version."""
    products = [int(stack.admin.create(title="Kettle", price="30.00")["id"]) for _ in range(2)]
    for product in products:
        arrived(stack, product)
    change = "UPDATE replica_product SET title = 'Teapot', price = 31 WHERE id IN (%s, %s)"
    rows(stack.settings["SERVICE_DATABASE_URL"], change, *products)
    yield products
    restore = "UPDATE replica_product SET title = 'Kettle', price = 30 WHERE id IN (%s, %s)"
    rows(stack.settings["SERVICE_DATABASE_URL"], restore, *products)


def test_drift_is_found_looked_at_and_repaired_on_the_product_s_page_or_from_the_list(
    stack: Native, page: Page, changed: list[int]
) -> None:
    one, other = changed
    run_a_check(stack, page)
    expect(difference(page, one)).to_contain_text("differs", timeout=CHECK_MS)
    visit(page, stack.service, SYNC)
    expect_verdict(page, "Drift: 2 products differ")
    page.get_by_role("link", name="Drift checks on service").click()
    page.get_by_role("row", name="different 2").get_by_role("link").click()
    difference(page, one).get_by_role("link").click()
    expect(sentence(page)).to_contain_text("The versions are equal and the contents are not")
    expect(page.get_by_role("row", name="title Kettle Teapot differs")).to_be_visible()
    expect(page.get_by_role("row", name="price 30.00 31.00 differs")).to_be_visible()
    page.get_by_role("button", name="Repair this one").click()
    page.mouse.move(0, 0)
    expect(difference(page, one)).to_contain_text("repaired", timeout=CHECK_MS)
    arrived(stack, one)
    difference(page, one).get_by_role("link").click()
    expect(page.get_by_role("row", name="title Kettle Kettle", exact=True)).to_be_visible()
    repair_from_the_list(stack, page, other)
    arrived(stack, other)
    visit(page, stack.service, SYNC)
    expect_verdict(page, IN_STEP)


@pytest.mark.parametrize("width", [1280, 400])
def test_a_badge_is_one_line_high(stack: Native, page: Page, changed: list[int], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for side in (stack.admin, stack.service):
        visit(page, side, both_sides(changed[0]))
        expect(page.locator("td .ls-badge").first).to_have_text("differs")
        assert broken_badges(page) == []
        visit(page, side, SYNC)
        expect(page.locator(".ls-badge").first).to_be_visible()
        assert broken_badges(page) == []


def repair_from_the_list(stack: Native, page: Page, product: int) -> None:
    visit(page, stack.service, DRIFT)
    page.get_by_role("row", name="different 1").get_by_role("link").click()
    page.get_by_role("checkbox", name=f"Product {product}", exact=True).check()
    page.get_by_role("button", name="Repair the marked ones…").click()
    expect(page.get_by_role("heading", name="Repair 1 product?")).to_be_visible()
    page.get_by_role("button", name="Repair 1").click()
    page.mouse.move(0, 0)
    expect(difference(page, product)).to_contain_text("repaired", timeout=CHECK_MS)


def difference(page: Page, product: int) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=str(product), exact=True))


def run_a_check(stack: Native, page: Page) -> None:
    visit(page, stack.service, SYNC)
    page.get_by_role("link", name="Drift checks on service").click()
    expect(page).to_have_url(url(stack.service, DRIFT))
    page.get_by_role("button", name="Run now").click()
    page.mouse.move(0, 0)
