"""Who comes in to the pages, and what is said to who does not."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sites import SIDES, Person, log_in, url
from tests.e2e.stacks.native import Native

each_side = pytest.mark.parametrize("side", SIDES)


@each_side
def test_who_logs_in_sees_the_first_page(stack: Native, stranger: Page, ada: Person, side: str) -> None:
    log_in(stranger, getattr(stack, side), name=ada.name, password=ada.password)
    expect(stranger).to_have_url(url(getattr(stack, side), "/admin/"))


@each_side
def test_a_wrong_password_is_told(stack: Native, stranger: Page, side: str) -> None:
    log_in(stranger, getattr(stack, side), name="nobody", password="a guess")
    expect(stranger.get_by_text("Please enter the correct username and password")).to_be_visible()
