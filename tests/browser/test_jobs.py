"""An import, from the form to the last row without a reload; and every page for jobs is fit for everybody."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.keyboard import tab_to
from tests.browser.scenes import TURN_MS, assert_not_reloaded, mark, sidebar
from tests.browser.sites import broken_badges, manage, overflow, url, visit
from tests.e2e.stacks.native import Native, rows
from tests.e2e.waiting import eventually

JOBS = "/admin/jobs/job/"
SCHEDULES = f"{JOBS}schedules/"
PRODUCTS = 2_000
WIDTHS = (1280, 320)
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202e מצב מנורה \u202c " + "W" * 150
# A job of each state, with hostile texts wherever there is room for one, and schedules of all sorts.
MAKE = """
from django.utils import timezone
from jobs import schedules
from jobs.models import Job, Line
from processes.models import Pause
evil, now = {evil!r}, timezone.now()
for state in ("succeeded", "failed", "cancelled"):
    job = Job.objects.create(
        kind="import", queue="imports", label=evil, spec={{"url": evil, "max_pages": 500}}, by=evil[:200], worker=evil,
        schedule=evil[:200], state=state, said=evil, error=evil * 9, started_at=now, finished_at=now, token=3, tries=2,
        crashes=1, counts={{"created": 1234, "rejected": 5}})
    for level in 9 * ("info", "warning", "error"):
        Line.objects.create(job=job, attempt=1, level=level, text=evil * 3)
schedules.drop("a test")
schedules.plan(name="a test", kind="import", label=evil, spec={{"url": evil}}, every=86400)
"""


@pytest.fixture(scope="session")
def job(stack: Native) -> int:
    """A cancelled one of hostile texts; there is a failed and a succeeded one too, and a schedule."""
    manage(stack, "admin", "shell", "-c", MAKE.format(evil=EVIL))
    ((found,),) = rows(stack.settings["ADMIN_DATABASE_URL"], "SELECT max(id) FROM jobs_job WHERE state = 'cancelled'")
    return int(found)


@pytest.fixture
def paused(stack: Native, page: Page) -> Iterator[None]:
    """By ada, in the page."""
    visit(page, stack.admin, JOBS)
    workers = page.locator("#jobs-workers")
    workers.get_by_label("Why").fill("a test")
    workers.get_by_role("button", name="Pause the workers").click()
    expect(workers.get_by_text("The workers are paused")).to_be_visible()
    yield
    rows(stack.settings["ADMIN_DATABASE_URL"], "DELETE FROM processes_pause WHERE role = 'worker'")


def ask_for_file(page: Page, *, products: int) -> None:
    lines = "".join(f"JOBS-{number},Lamp {number},19.90\n" for number in range(products))
    content = f"sku,title,price\n{lines}".encode()
    page.locator("#id_file").set_input_files({"name": "lamps.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#jobs-job")).to_be_visible()


@pytest.mark.usefixtures("paused")
def test_an_import_is_seen_from_the_form_to_its_last_product(
    stack: Native, page: Page, session: object, open_page: OpenPage
) -> None:
    visit(page, stack.admin, JOBS)
    ask_for_file(page, products=PRODUCTS)
    state = page.locator("#jobs-job .ls-badge").first
    expect(state).to_have_text("queued")
    mark(page)
    page.mouse.move(0, 0)  # what somebody points at stands still
    other = open_page(storage_state=session)
    visit(other, stack.admin, JOBS)
    other.get_by_role("button", name="Resume the workers").click()
    expect(state).to_have_text("succeeded", timeout=TURN_MS)
    expect(page.locator(".jobs-numbers div", has_text="created").locator("dd")).to_have_text(f"{PRODUCTS:,}")
    assert_not_reloaded(page)


def test_a_shop_is_imported_by_its_url_and_the_bar_moves_until_service_has_it_all(stack: Native, page: Page) -> None:
    visit(page, stack.admin, JOBS)
    page.get_by_label("URL of a shop").fill(f"{stack.shops()}/street/12?ms=400")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#jobs-job")).to_be_visible()
    mark(page)
    page.mouse.move(0, 0)
    expect(page.locator("#jobs-job")).to_contain_text(re.compile(r"[1-9][0-9]? of 13"), timeout=TURN_MS)
    expect(page.locator("#jobs-job .ls-badge").first).to_have_text("succeeded", timeout=TURN_MS)
    expect(page.locator(".jobs-numbers div", has_text="created").locator("dd")).to_have_text("12")
    assert_not_reloaded(page)
    eventually(lambda: _assert_on_service(stack, 12), within=60)


def _assert_on_service(stack: Native, count: int) -> None:
    found = [one for one in stack.service.products().values() if str(one["sku"]).startswith("STREET-12-")]
    assert len(found) == count


@pytest.mark.usefixtures("paused")
def test_a_waiting_job_is_cancelled_and_tried_again(stack: Native, page: Page) -> None:
    visit(page, stack.admin, JOBS)
    ask_for_file(page, products=1)
    state = page.locator("#jobs-job .ls-badge").first
    page.get_by_role("button", name="Cancel this job").click()
    expect(state).to_have_text("cancelled")
    page.get_by_role("button", name="Retry").click()
    expect(state).to_have_text("queued")
    page.get_by_role("button", name="Cancel this job").click()
    expect(state).to_have_text("cancelled")


def test_what_cannot_be_imported_is_told_beside_the_url_which_stays(stack: Native, page: Page) -> None:
    visit(page, stack.admin, JOBS)
    page.get_by_label("URL of a shop").fill("http://10.0.0.1/lamps")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#url_wrong")).to_contain_text("private network")
    expect(page.get_by_label("URL of a shop")).to_have_value("http://10.0.0.1/lamps")


def test_a_schedule_is_planned_switched_off_and_dropped_with_nothing_but_the_keyboard(
    stack: Native, page: Page
) -> None:
    visit(page, stack.admin, JOBS)
    sidebar(page, "Schedules").click()
    expect(page).to_have_url(url(stack.admin, SCHEDULES))
    visit(page, stack.admin, f"{SCHEDULES}plan/")
    tab_to(page, "Name")
    page.keyboard.type("by keyboard")
    tab_to(page, "What")
    page.keyboard.type("drift")
    tab_to(page, "Or a cron line")
    page.keyboard.type("30 2 * * *")
    tab_to(page, "Plan it")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Planned: by keyboard.")).to_be_visible()
    for name, words in (
        ("Switch off: by keyboard", "Switched off: by keyboard."),
        ("Drop…: by keyboard", "Drop the schedule by keyboard?"),
        ("Drop it", "Dropped: by keyboard. Its jobs stay."),
    ):
        tab_to(page, name)
        page.keyboard.press("Enter")
        expect(page.get_by_text(words)).to_be_visible()


@pytest.mark.parametrize("path", [JOBS, f"{JOBS}add/", f"{JOBS}{{job}}/change/", SCHEDULES, f"{SCHEDULES}plan/"])
def test_whatever_a_text_says_it_is_text_and_nothing_sticks_out(stack: Native, page: Page, job: int, path: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        visit(page, stack.admin, path.format(job=job))
        assert overflow(page) == 0, f"{path} sticks out at {width} px"
        assert broken_badges(page) == []


@pytest.mark.parametrize("path", [f"{JOBS}{{job}}/change/", f"{JOBS}?state=failed"])
def test_no_page_of_a_job_has_a_grave_fault_of_accessibility(
    stack: Native, session: object, open_page: OpenPage, violations: Callable[[Page], list[str]], job: int, path: str
) -> None:
    page = open_page(storage_state=session, bypass_csp=True)
    visit(page, stack.admin, path.format(job=job))
    assert violations(page) == []
