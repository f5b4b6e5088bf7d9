"""Whatever a text says, the pages that show it show text: nothing runs (the witness looks), nothing is pushed aside."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.scenes import AUDIT, DRIFT, OUTBOX, PRODUCTS, SYNC, arrived, both_sides, sentence
from tests.browser.sites import ended, manage, overflow, visit
from tests.browser.test_products import HOSTILE
from tests.e2e.stacks.native import Native, rows

WIDTHS = (1280, 400)
REASON = "<script>alert(1)</script> \u202e מצב מנורה \u202c " + "W" * 150
MAKE = """
from datetime import timedelta
from django.utils import timezone
from replica.models import DriftCheck
now = timezone.now()
DriftCheck.objects.create(
    kind="check", by={by!r}, started_at=now, beat_at=now, finished_at=now, verdict="unknown", error={error!r})
"""

pytestmark = pytest.mark.usefixtures("in_step")
Look = Callable[[str, str], None]


@pytest.fixture
def look(stack: Native, page: Page) -> Look:
    """Opens a page of one side in a wide and in a narrow window: nothing may stick out."""

    def look(side: str, path: str) -> None:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            visit(page, getattr(stack, side), path)
            assert overflow(page) == 0, f"{path} sticks out at {width} px"

    return look


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_product_s_texts_are_shown_as_text_on_both_sides(
    stack: Native, page: Page, look: Look, hostile: dict[str, str]
) -> None:
    product = stack.admin.create(price="1.00", **hostile)["id"]
    arrived(stack, product)
    look("admin", PRODUCTS)
    for side in ("admin", "service"):
        look(side, both_sides(product))
        expect(page.locator("#ls-product td bdi").first).to_have_text(hostile["title"])
        expect(sentence(page)).to_contain_text("Its newest event was applied")


@pytest.fixture
def waiting(stack: Native) -> Iterator[int]:
    """An event that came back, whose error is hostile; its product is hostile too."""
    manage(stack, "admin", "pause", "--reason", REASON)
    product = stack.admin.create(price="1.00", **HOSTILE["one long word"])["id"]
    error = REASON + "e" * 300
    rows(
        stack.settings["ADMIN_DATABASE_URL"],
        "UPDATE outbox_outboxevent SET attempts = 3, reason = 'refused', last_error = %s WHERE aggregateid = %s",
        error,
        str(product),
    )
    yield product
    manage(stack, "admin", "resume")
    arrived(stack, product)


def test_what_waits_and_why_is_shown_as_text(stack: Native, page: Page, look: Look, waiting: int) -> None:
    look("admin", SYNC)
    look("service", SYNC)
    look("admin", both_sides(waiting))
    look("service", both_sides(waiting))
    look("admin", OUTBOX)
    path = page.get_by_role("table").get_by_role("link").first.get_attribute("href")
    assert path
    look("admin", path)
    expect(page.get_by_text("<script>alert(1)</script>").first).to_be_visible()
    look("admin", AUDIT)
    expect(page.get_by_text("<script>alert(1)</script>").first).to_be_visible()


def test_who_ran_a_drift_check_and_why_it_failed_are_shown_as_text(stack: Native, page: Page, look: Look) -> None:
    manage(stack, "service", "shell", "-c", MAKE.format(by=REASON[:190], error=REASON + "e" * 700))
    look("service", DRIFT)
    path = page.locator(f"a[href^='{DRIFT}']").first.get_attribute("href")
    assert path
    look("service", path)
    expect(page.get_by_text("<script>alert(1)</script>").first).to_be_visible()
    look("service", SYNC)
    ended(stack, "service", "check_drift")
