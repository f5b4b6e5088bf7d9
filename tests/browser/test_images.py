"""The pictures of the docs, taken only where that is asked for: `tests/run.py browser -- --images -k picture`."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import shown
from tests.browser.conftest import HEARTBEAT
from tests.browser.scenes import (
    AUDIT,
    DRIFT,
    IN_STEP,
    LETTERS,
    OUTBOX,
    SYNC,
    arrived,
    both_sides,
    expect_verdict,
    unable_to_store,
)
from tests.browser.sites import SIDES, Person, let_in, log_in, manage, url, visit
from tests.e2e.stacks.make_run import PROGRAM
from tests.e2e.stacks.native import Native, Servers, rows
from tests.e2e.stacks.processes import ROOT, environment
from tests.e2e.waiting import eventually

TRAFFIC_SECONDS = 75
Take = Callable[..., Path]

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def shop(pytestconfig: pytest.Config, servers: Servers, ada: Person) -> Iterator[Native]:
    """An installation with a day behind it, which no other test has touched."""
    if not pytestconfig.getoption("--images"):
        pytest.skip("left out: pictures are taken with --images")
    with Native(servers, heartbeat=HEARTBEAT) as running:
        let_in(running, ada)
        manage(running, "admin", "shell", "-c", shown.PRODUCTS)
        eventually(lambda: in_step(running), within=60)
        yield running


@pytest.fixture
def window(shop: Native, chromium: Browser, ada: Person) -> Iterator[Page]:
    with chromium.new_context(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce") as context:
        context.set_default_timeout(30_000)
        page = context.new_page()
        for side in SIDES:
            log_in(page, getattr(shop, side), name=ada.name, password=ada.password)
            page.wait_for_url(url(getattr(shop, side), SYNC))
        yield page


def in_step(stack: Native) -> None:
    assert stack.admin.count() == stack.service.count()


@contextmanager
def traffic(stack: Native, *, seconds: int, few: int, many: int) -> Iterator[None]:
    """People change prices meanwhile."""
    script = shown.TRAFFIC.format(seconds=seconds, few=few, many=many)
    command = [*PROGRAM, "admin", "shell", "-c", script]
    with subprocess.Popen(command, cwd=ROOT, env=environment(stack.settings), stdout=subprocess.DEVNULL) as running:
        try:
            yield
        finally:
            running.terminate()


def remember(stack: Native, *, skip: int) -> None:
    for side, role, name in (("admin", "relay", "published"), ("service", "consumer", "applied")):
        manage(stack, side, "shell", "-c", shown.DAY.format(role=role, name=name, skip=skip))


def fitted(page: Page, height: int) -> None:
    page.set_viewport_size({"width": 1280, "height": height})
    page.mouse.move(0, 0)


def test_pictures_of_the_sync_page(shop: Native, window: Page, picture: Take) -> None:
    manage(shop, "service", "check_drift")
    with traffic(shop, seconds=2 * TRAFFIC_SECONDS, few=4, many=14):
        began = time.monotonic()
        visit(window, shop.admin, SYNC)
        fitted(window, 1000)
        # What is drawn is whole minutes: one of them must have been full of traffic.
        expect(window.locator(".ls-updated").first).to_be_visible()
        window.wait_for_timeout(max(0.0, TRAFFIC_SECONDS - (time.monotonic() - began)) * 1000)
        remember(shop, skip=1)
        visit(window, shop.admin, SYNC)
        expect_verdict(window, IN_STEP)
        picture(window, "sync")
        window.emulate_media(color_scheme="dark")
        visit(window, shop.admin, SYNC)
        window.locator("html.dark").wait_for()
        picture(window, "sync-dark")


def test_pictures_of_what_is_stopped(shop: Native, window: Page, picture: Take) -> None:
    remember(shop, skip=2)
    with shop.broker_down("stop"), traffic(shop, seconds=40, few=3, many=9):
        visit(window, shop.admin, SYNC)
        fitted(window, 860)
        expect_verdict(window, "Stopped: broker unreachable since")
        expect(window.locator(".ls-pipe .ls-box").nth(1)).to_contain_text("oldest 1", timeout=45_000)
        picture(window, "sync-stopped")
    eventually(lambda: in_step(shop), within=60)


def test_pictures_of_the_outbox_and_the_audit(shop: Native, window: Page, picture: Take) -> None:
    visit(window, shop.admin, SYNC)
    window.get_by_label("Why").fill("the broker gets new disks")
    window.get_by_role("button", name="Pause the relay").click()
    expect_verdict(window, "Stopped: the relay was paused by ada")
    expect(window.locator("#ls-processes .ls-badge", has_text="paused")).to_be_visible(timeout=45_000)
    for product in (12, 40, 77, 108, 131, 164):
        shop.admin.patch(product, price="21.50")
    database = shop.settings["ADMIN_DATABASE_URL"]
    came_back = "UPDATE outbox_outboxevent SET attempts = %s, reason = %s, last_error = %s WHERE aggregateid = %s"
    rows(database, came_back, 3, "nacked", "a queue refused it: basic.nack", "12")
    rows(database, came_back, 2, "unroutable", "no queue took it: basic.return 312 NO_ROUTE", "40")
    visit(window, shop.admin, f"{OUTBOX}?product=77")
    window.get_by_role("table").get_by_role("link").first.click()
    window.get_by_role("button", name="Hold…").click()
    window.get_by_label("Why").fill("price is being checked")
    window.get_by_role("button", name="Hold 1").click()
    visit(window, shop.admin, OUTBOX)
    fitted(window, 760)
    picture(window, "outbox")
    manage(shop, "admin", "outbox", "retry", "--all")
    visit(window, shop.admin, SYNC)
    window.get_by_role("button", name="Resume the relay").click()
    expect_verdict(window, IN_STEP)
    visit(window, shop.admin, AUDIT)
    fitted(window, 620)
    picture(window, "audit")


def test_pictures_of_dead_letters(shop: Native, window: Page, picture: Take) -> None:
    poison = "Brass kettle, limited edition"
    with unable_to_store(shop, poison):
        for product in (21, 35, 90):
            shop.admin.patch(product, title=poison)
        manage(shop, "service", "shell", "-c", shown.LETTERS)
        visit(window, shop.service, SYNC)
        expect_verdict(window, "Not in step: 7 dead letters")
        visit(window, shop.service, LETTERS)
        fitted(window, 880)
        picture(window, "dead-letters")
        visit(window, shop.service, f"{LETTERS}letters/?product=21")
        window.get_by_role("rowheader").get_by_role("link").first.click()
        fitted(window, 1040)
        picture(window, "dead-letter")
    manage(shop, "service", "dead_letters", "retry", "--reason", "unprocessable")
    manage(shop, "service", "dead_letters", "discard", "--all")


def test_pictures_of_drift_and_of_a_product_on_both_sides(shop: Native, window: Page, picture: Take) -> None:
    database = shop.settings["SERVICE_DATABASE_URL"]
    product = int(shop.admin.create(title="Walnut stool", price="89.00", description="Sits two.", sku="LS-2101")["id"])
    arrived(shop, product)
    rows(database, "UPDATE replica_product SET title = 'Walnut stool (old)', price = 79 WHERE id = %s", product)
    rows(database, "DELETE FROM replica_product WHERE id IN (101, 102)")
    visit(window, shop.service, DRIFT)
    window.get_by_role("button", name="Run now").click()
    window.mouse.move(0, 0)
    expect(window.get_by_role("link", name=str(product), exact=True)).to_be_visible(timeout=60_000)
    visit(window, shop.service, DRIFT)
    fitted(window, 900)
    picture(window, "drift")
    visit(window, shop.service, both_sides(product))
    fitted(window, 900)
    picture(window, "product")
