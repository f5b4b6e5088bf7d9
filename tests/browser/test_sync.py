"""The sync page says how all is, and what it says comes and goes by itself."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.keyboard import tab_to
from tests.browser.scenes import (
    AUDIT,
    IN_STEP,
    OUTBOX,
    SYNC,
    TURN_MS,
    arrived,
    assert_not_reloaded,
    both_sides,
    create,
    expect_verdict,
    mark,
    sentence,
)
from tests.browser.sites import url, visit
from tests.e2e.stacks.native import Native

pytestmark = pytest.mark.usefixtures("in_step")


@pytest.fixture
def other_page(session: object, open_page: OpenPage) -> Page:
    """A second window of ada's."""
    return open_page(storage_state=session)


def test_a_product_made_on_admin_is_seen_to_arrive_on_service(stack: Native, page: Page) -> None:
    product = create(page, stack.admin, title="Lamp")
    visit(page, stack.service, SYNC)
    page.get_by_label("Product id").fill(str(product))
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url(url(stack.service, both_sides(product)))
    page.mouse.move(0, 0)
    expect(sentence(page)).to_contain_text("Its newest event was applied", timeout=TURN_MS)
    expect(page.get_by_role("row", name="title Lamp Lamp")).to_be_visible()
    visit(page, stack.service, SYNC)
    expect_verdict(page, IN_STEP)


def test_a_broker_that_stops_is_told_on_both_open_pages_and_so_is_its_return(
    stack: Native, page: Page, other_page: Page, session: object, open_page: OpenPage
) -> None:
    third = open_page(storage_state=session)
    visit(page, stack.admin, SYNC)
    visit(other_page, stack.service, SYNC)
    expect_verdict(page, IN_STEP)
    expect_verdict(other_page, IN_STEP)
    mark(page, other_page)
    with stack.broker_down("stop"):
        for one in (page, other_page):
            expect_verdict(one, "Stopped: broker unreachable since")
        product = create(third, stack.admin, title="Patient")
        assert_shown_waiting(stack, third, product)
        mark(third)
    for one in (page, other_page):
        expect_verdict(one, IN_STEP)
    expect(sentence(third)).to_contain_text("Its newest event was applied", timeout=TURN_MS)
    assert_not_reloaded(page, other_page, third)
    arrived(stack, product)


def assert_shown_waiting(stack: Native, page: Page, product: int) -> None:
    """In the outbox and, following its link, on the product's page."""
    visit(page, stack.admin, f"{OUTBOX}?product={product}")
    page.get_by_role("link", name=f"product {product}").click()
    expect(page).to_have_url(url(stack.admin, both_sides(product)))
    page.mouse.move(0, 0)
    expect(sentence(page)).to_contain_text("Its event waits in the outbox since")


def test_the_relay_is_paused_with_a_reason_and_resumed_and_the_audit_names_who_did_it(
    stack: Native, page: Page
) -> None:
    visit(page, stack.admin, SYNC)
    page.get_by_label("Why").fill("new disks <b>today</b>")
    page.get_by_role("button", name="Pause the relay").click()
    expect_verdict(page, re.compile("Stopped: the relay was paused by ada at .*: new disks <b>today</b>"))
    page.get_by_role("button", name="Resume the relay").click()
    expect_verdict(page, IN_STEP)
    visit(page, stack.admin, AUDIT)
    entries = page.get_by_role("row").filter(has_text="ada").filter(has_text="relay")
    expect(entries.nth(0)).to_contain_text("resume")
    expect(entries.nth(1)).to_contain_text("pause")
    expect(entries.nth(1)).to_contain_text("new disks <b>today</b>")


def test_the_pause_of_the_relay_takes_nothing_but_the_keyboard(stack: Native, page: Page) -> None:
    visit(page, stack.admin, SYNC)
    tab_to(page, "Why")
    page.keyboard.type("by keyboard")
    tab_to(page, "Pause the relay")
    page.keyboard.press("Enter")
    expect_verdict(page, "Stopped: the relay was paused by ada")
    tab_to(page, "Resume the relay")
    page.keyboard.press("Enter")
    expect_verdict(page, IN_STEP)
