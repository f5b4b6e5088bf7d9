"""A copy that somebody has changed behind everybody's back is found out, seen field by field, and repaired."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.scenes import DRIFT, IN_STEP, SYNC, TURN_MS, arrived, expect_verdict, sentence
from tests.browser.sites import url, visit
from tests.e2e.stacks.native import Native, rows

pytestmark = pytest.mark.usefixtures("in_step")


@pytest.fixture
def changed(stack: Native) -> int:
    """A product whose copy says something else than admin, with the same version."""
    product = int(stack.admin.create(title="Kettle", price="30.00")["id"])
    arrived(stack, product)
    rows(
        stack.settings["SERVICE_DATABASE_URL"],
        "UPDATE replica_product SET title = 'Teapot', price = 31 WHERE id = %s",
        product,
    )
    return product


def test_drift_is_found_looked_at_and_repaired_on_the_product_s_page(stack: Native, page: Page, changed: int) -> None:
    run_a_check(stack, page)
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=str(changed), exact=True))
    expect(row).to_contain_text("differs", timeout=TURN_MS)
    row.get_by_role("link").click()
    expect(sentence(page)).to_contain_text("The versions are equal and the contents are not")
    expect(page.get_by_role("row", name="title Kettle Teapot differs")).to_be_visible()
    expect(page.get_by_role("row", name="price 30.00 31.00 differs")).to_be_visible()
    page.get_by_role("button", name="Repair this one").click()
    page.mouse.move(0, 0)
    expect(page.get_by_text("repaired", exact=True).first).to_be_visible(timeout=TURN_MS)
    page.get_by_role("link", name=str(changed), exact=True).click()
    expect(page.get_by_role("row", name="title Kettle Kettle", exact=True)).to_be_visible()
    arrived(stack, changed)
    visit(page, stack.service, SYNC)
    expect_verdict(page, IN_STEP)


def test_drift_is_repaired_from_the_list_once_more_is_asked(stack: Native, page: Page, changed: int) -> None:
    run_a_check(stack, page)
    page.get_by_role("checkbox", name=f"Product {changed}", exact=True).check(timeout=TURN_MS)
    page.get_by_role("button", name="Repair the marked ones…").click()
    expect(page.get_by_role("heading", name="Repair 1 product?")).to_be_visible()
    page.get_by_role("button", name="Repair 1").click()
    page.mouse.move(0, 0)
    expect(page.get_by_text("repaired", exact=True).first).to_be_visible(timeout=TURN_MS)
    arrived(stack, changed)
    visit(page, stack.service, DRIFT)
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_text(re.compile("^Equal$", re.IGNORECASE)).first).to_be_visible(timeout=TURN_MS)


def run_a_check(stack: Native, page: Page) -> None:
    visit(page, stack.service, SYNC)
    page.get_by_role("link", name="Drift checks on service").click()
    expect(page).to_have_url(url(stack.service, DRIFT))
    page.get_by_role("button", name="Run now").click()
    page.mouse.move(0, 0)
