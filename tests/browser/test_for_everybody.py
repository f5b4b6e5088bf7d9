"""Every page is fit for everybody: with a screen reader, in the light and in the dark, without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.sites import LOGIN, PAGES, SIDES, Person, log_in, manage, url, visit
from tests.e2e.stacks.native import Native, rows

PRODUCTS = "/admin/catalogue/product/"

each_page = pytest.mark.parametrize(("side", "path"), [(side, path) for side, pages in PAGES.items() for path in pages])
each_side = pytest.mark.parametrize("side", SIDES)


@pytest.fixture(scope="session")
def product(stack: Native) -> int:
    return int(stack.admin.create(title="Chair", price="49.00", description="Four legs.")["id"])


@pytest.fixture(scope="session")
def ids(stack: Native, product: int) -> dict[str, object]:
    """Of what the pages are about."""
    manage(stack, "admin", "tokens", "create", "a-test", "--scope", "read")
    manage(stack, "service", "check_drift", "--repair")  # another test may have left what only the copy has
    admin, service = (stack.settings[f"{side}_DATABASE_URL"] for side in ("ADMIN", "SERVICE"))
    ((token,),) = rows(admin, "SELECT max(id) FROM access_token")
    ((user,),) = rows(admin, "SELECT max(id) FROM auth_user")
    ((check,),) = rows(service, "SELECT max(id) FROM replica_driftcheck")
    return {"product": product, "token": token, "user": user, "check": check}


@each_page
def test_a_page_has_no_grave_fault_of_accessibility(
    stack: Native,
    session: object,
    open_page: OpenPage,
    violations: Callable[[Page], list[str]],
    ids: dict[str, object],
    side: str,
    path: str,
) -> None:
    page = open_page(storage_state=session, bypass_csp=True)
    visit(page, getattr(stack, side), path.format(**ids))
    assert violations(page) == []


@each_side
def test_the_login_has_none_either(
    stack: Native, open_page: OpenPage, violations: Callable[[Page], list[str]], side: str
) -> None:
    page = open_page(bypass_csp=True)
    visit(page, getattr(stack, side), LOGIN)
    assert violations(page) == []


@each_side
def test_without_javascript_one_can_log_in_and_out(stack: Native, open_page: OpenPage, ada: Person, side: str) -> None:
    page = open_page(java_script_enabled=False)
    log_in(page, getattr(stack, side), name=ada.name, password=ada.password)
    expect(page).to_have_url(url(getattr(stack, side), "/admin/"))
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(url(getattr(stack, side), "/admin/logout/"))
    visit(page, getattr(stack, side), LOGIN)


@each_page
def test_without_javascript_a_page_shows_what_it_is_for(
    stack: Native, page_without_javascript: Page, ids: dict[str, object], side: str, path: str
) -> None:
    visit(page_without_javascript, getattr(stack, side), path.format(**ids))
    expect(page_without_javascript.locator("#content")).to_be_visible()


def test_without_javascript_a_product_is_found_and_changed(
    stack: Native, page_without_javascript: Page, product: int
) -> None:
    page = page_without_javascript
    visit(page, stack.admin, PRODUCTS)
    page.locator(f"a[href^='{PRODUCTS}{product}/']").first.click()
    page.get_by_label("Price").fill("48.00")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(url(stack.admin, PRODUCTS))
    assert stack.admin.product(product)["price"] == "48.00"
