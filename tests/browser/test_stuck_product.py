"""Somebody who has never seen the project mends a stuck product, with the pages alone and with the commands alone.

Service's database refuses it, which is found out here by nothing but what the screens say.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, expect

from tests.browser.keyboard import tab_to
from tests.browser.scenes import (
    IN_STEP,
    SECONDS,
    SYNC,
    TURN_MS,
    arrived,
    create,
    expect_verdict,
    rename,
    sentence,
    sidebar,
    unable_to_store,
)
from tests.browser.sites import ended, visit
from tests.e2e.stacks.native import Native
from tests.e2e.waiting import eventually

pytestmark = pytest.mark.usefixtures("in_step")


@pytest.fixture
def poison() -> str:
    """A title that no product has."""
    return f"Poison {secrets.token_hex(4)}"


@pytest.fixture
def fault(stack: Native, poison: str) -> Iterator[ExitStack]:
    """It is there until `close`, which is the fix."""
    with ExitStack() as fault:
        fault.enter_context(unable_to_store(stack, poison))
        yield fault


def test_a_stuck_product_is_found_and_mended_by_following_the_pages(
    stack: Native, page: Page, fault: ExitStack, poison: str
) -> None:
    products = [create(page, stack.admin, title=title) for title in ("Chair", "Table")]
    for product in products:
        arrived(stack, product)
        rename(page, stack.admin, product, title=poison)
    visit(page, stack.service, SYNC)
    expect_verdict(page, "Not in step: 2 dead letters")
    page.get_by_role("link", name="Dead letters on service").click()
    page.get_by_role("link", name="See the letters").click()
    read_the_letter(page, products[0], poison)
    fault.close()
    sidebar(page, "Dead letters").click()
    retry_the_group(page)
    sidebar(page, "Sync").click()
    expect_verdict(page, IN_STEP)
    assert_equal_on_both_sides(page, products[0], poison)
    sidebar(page, "Audit").click()
    entry = page.get_by_role("row").filter(has_text="retry of dead letters").first
    expect(entry).to_contain_text("ada")
    for product in products:
        arrived(stack, product)


def read_the_letter(page: Page, product: int, poison: str) -> None:
    """It says why, and what the copy has instead."""
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=str(product), exact=True))
    row.get_by_role("rowheader").get_by_role("link").click()
    expect(page.get_by_text("unprocessable").first).to_be_visible()
    expect(page.get_by_text(re.compile("title_is_sold")).first).to_be_visible()
    expect(page.get_by_role("row", name=re.compile(f"title differs {poison} (Chair|Table)"))).to_be_visible()
    page.get_by_role("link", name=str(product), exact=True).click()
    page.mouse.move(0, 0)
    expect(sentence(page)).to_contain_text("It stands as dead letter")


def retry_the_group(page: Page) -> None:
    page.get_by_role("link", name="Retry 2…").click()
    expect(page.get_by_role("heading", name="Retry 2 letters?")).to_be_visible()
    page.get_by_role("button", name="Retry 2").click()
    expect(page.get_by_text("2 of 2", exact=True)).to_be_visible(timeout=TURN_MS)
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
    expect(page.get_by_role("row", name="applied 2")).to_be_visible()


def assert_equal_on_both_sides(page: Page, product: int, poison: str) -> None:
    page.get_by_label("Product id").fill(str(product))
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("row", name=f"title {poison} {poison}")).to_be_visible()
    expect(sentence(page)).to_contain_text("Its newest event was applied")


def test_the_retry_of_a_letter_takes_nothing_but_the_keyboard(
    stack: Native, page: Page, fault: ExitStack, poison: str
) -> None:
    product = create(page, stack.admin, title=poison)
    visit(page, stack.service, SYNC)
    expect_verdict(page, "Not in step: 1 dead letter")
    fault.close()
    for name in ("Dead letters on service", "See the letter", "Retry"):
        tab_to(page, name)
        with page.expect_navigation():
            page.keyboard.press("Enter")
    expect(page.get_by_text("applied").first).to_be_visible()
    arrived(stack, product)


def test_a_stuck_product_is_found_and_mended_by_following_the_commands(
    stack: Native, page: Page, fault: ExitStack, poison: str
) -> None:
    product = create(page, stack.admin, title=poison)
    said = eventually(lambda: status(stack, code=1, sentence="Not in step: 1 dead letter"), within=SECONDS)
    code, said = ended(stack, "service", *advised(said))
    assert code == 0
    assert "unprocessable" in said
    assert "title_is_sold" in said
    fault.close()
    code, said = ended(stack, "service", *advised(said))
    assert code == 0, said
    assert "applied" in said
    status(stack, code=0, sentence="In step: ")
    arrived(stack, product)


def status(stack: Native, *, code: int, sentence: str) -> str:
    found, said = ended(stack, "service", "sync_status")
    assert sentence in said
    assert found == code
    return said


def advised(said: str) -> list[str]:
    """What to call next, as it is told."""
    found = re.search(r"manage\.py ([a-z_]+ [a-z]+(?: [0-9]+)?)", said)
    assert found, f"no command is advised by: {said}"
    return found[1].split()
