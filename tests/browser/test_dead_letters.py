"""Dead letters in service's pages: a group is retried and seen to drain, and whatever a letter holds is text."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.sites import manage, overflow, visit
from tests.e2e.stacks.native import Native

ROOT = "/admin/inbox/deadletter/"
MOST_MS = 30_000
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\u202e\x1b[2J\x00"
STORE = """
import json, sys
from inbox.dead_letters import store
from inbox.envelope import Delivery, Rejected
for body, reason, error in json.loads({letters!r}):
    delivery = Delivery(body=body.encode(), source="a test", properties={{"message_id": error}})
    store([(delivery, Rejected(reason, error))])
"""
Letter = tuple[str, str, str]
BAD: Letter = ("bad", "unreadable", "no JSON")


def letter(id: int, *, title: str = "Lamp", reason: str = "unprocessable", error: str = "no room in byte 7") -> Letter:
    data = {
        "id": id, "title": title, "description": title, "price": "1.00", "image": "", "sku": None, "version": 1,
        "created_at": "2026-01-02T03:04:05.678901Z", "updated_at": "2026-01-02T03:04:05.678901Z",
    }  # fmt: skip
    envelope = {
        "specversion": "1.0", "id": f"of a test {id}", "source": "/lockstep/admin", "subject": str(id),
        "type": "lockstep.catalogue.product.created.v1", "time": data["created_at"], "sequence": f"{1:020d}",
    }  # fmt: skip
    return json.dumps(envelope | {"data": data}), reason, error


@pytest.fixture
def store(stack: Native) -> Iterator[Callable[..., Any]]:
    """Makes dead letters of service's; none is left afterwards."""

    def store(*letters: Letter) -> None:
        manage(stack, "service", "shell", "-c", STORE.format(letters=json.dumps(letters)))

    yield store
    manage(stack, "service", "dead_letters", "discard", "--all")


def test_a_group_is_retried_and_seen_to_drain(stack: Native, page: Page, store: Callable[..., Any]) -> None:
    store(
        *(letter(10**9 + number, error=f"no room in byte {number}") for number in range(30)),
        ("bad", "unreadable", "no JSON"),
    )
    visit(page, stack.service, ROOT)
    expect(page.get_by_text("31 letters")).to_be_visible()
    page.get_by_role("link", name="Retry 30…").click()
    expect(page.get_by_role("heading", name="Retry 30 letters?")).to_be_visible()
    page.get_by_role("button", name="Retry 30").click()
    expect(page.get_by_text("30 of 30", exact=True)).to_be_visible(timeout=MOST_MS)
    expect(page.get_by_role("row", name="applied 30")).to_be_visible()
    page.get_by_role("link", name="To the groups").click()
    expect(page.get_by_text("1 letter in 1 group")).to_be_visible()
    assert stack.service.product(10**9 + 7)["title"] == "Lamp"


def test_without_javascript_a_run_goes_on_by_its_button(
    stack: Native, page_without_javascript: Page, store: Callable[..., Any]
) -> None:
    page = page_without_javascript
    store(letter(10**9 + 100), letter(10**9 + 101))
    visit(page, stack.service, f"{ROOT}work/?action=retry")
    page.get_by_role("button", name="Dry run").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("would be in the copy")).to_be_visible()
    visit(page, stack.service, f"{ROOT}letters/")
    page.get_by_label("Choose letter").first.check()
    page.get_by_role("button", name="Discard…").click()
    page.get_by_label("Why?").fill("made by a test")
    page.get_by_role("button", name="Discard 1").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("1 of 1")).to_be_visible()


def test_hostile_letters_are_shown_as_text_and_the_layout_holds(
    stack: Native, open_page: OpenPage, session: Any, store: Callable[..., Any]
) -> None:
    store(
        letter(1, title=HOSTILE, error=HOSTILE), letter(2, error="e" * 10_000), letter(3, title="W" * 10_000),
        (HOSTILE, "unreadable", HOSTILE + "مصباح מנורה"), ("[" * 60_000, "unreadable", "deep"),
    )  # fmt: skip
    page = open_page(storage_state=session)
    for width in (1280, 400):
        page.set_viewport_size({"width": width, "height": 800})
        visit(page, stack.service, ROOT)
        assert overflow(page) == 0
        visit(page, stack.service, f"{ROOT}letters/")
        assert overflow(page) == 0
        paths = page.locator("th a[href$='/change/']").evaluate_all("all => all.map(one => one.getAttribute('href'))")
        assert len(paths) == 5
        for path in paths:
            visit(page, stack.service, path)
            assert overflow(page) == 0, path


@pytest.mark.parametrize("path", ["work/?action=retry", "work/?action=discard&reason=unreadable", "letters/?reason=no"])
def test_no_page_of_dead_letters_has_a_grave_fault_of_accessibility(
    stack: Native,
    open_page: OpenPage,
    session: Any,
    store: Callable[..., Any],
    violations: Callable[[Page], list[str]],
    path: str,
) -> None:
    store(letter(1), BAD, ("killer", "given_up", "too often"))
    page = open_page(storage_state=session, bypass_csp=True)
    visit(page, stack.service, ROOT + path)
    assert violations(page) == []


def test_nor_have_the_lists_a_letter_and_a_run(
    stack: Native, open_page: OpenPage, session: Any, store: Callable[..., Any], violations: Callable[[Page], list[str]]
) -> None:
    store(letter(1), BAD)
    page = open_page(storage_state=session, bypass_csp=True)
    visit(page, stack.service, ROOT)
    assert violations(page) == []
    visit(page, stack.service, f"{ROOT}letters/")
    assert violations(page) == []
    page.get_by_role("rowheader").get_by_role("link").last.click()
    expect(page.get_by_role("heading", name="The event beside the copy")).to_be_visible()
    assert violations(page) == []
    visit(page, stack.service, f"{ROOT}work/?action=retry")
    page.get_by_role("button", name="Dry run").click()
    expect(page.get_by_role("link", name="To the groups")).to_be_visible(timeout=MOST_MS)
    assert violations(page) == []
