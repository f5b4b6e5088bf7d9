"""The pages for people, as the tests know them: where they are, who looks at them, and how to open one."""

import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

from playwright.sync_api import Page

from tests.e2e.client import Api
from tests.e2e.stacks.make_run import PROGRAM, MakeRun
from tests.e2e.stacks.processes import ROOT, environment

# Every page that must be fit for everybody: add yours here. A side without pages has no people either.
# {product}, {check} (a drift check), {token} and {user} are ids of some that are there. Those of dead letters, of
# events that wait and of jobs are looked at where these are made: test_dead_letters.py, test_outbox.py, test_jobs.py.
PAGES: Mapping[str, tuple[str, ...]] = {
    "admin": (
        "/admin/",
        "/admin/catalogue/product/",
        "/admin/catalogue/product/add/",
        "/admin/catalogue/product/{product}/change/",
        "/admin/catalogue/product/{product}/delete/",
        "/admin/catalogue/product/{product}/history/",
        "/admin/sync/products/{product}",
        "/admin/outbox/outboxevent/",
        "/admin/jobs/job/",
        "/admin/jobs/job/add/",
        "/admin/jobs/job/schedules/",
        "/admin/jobs/job/schedules/plan/",
        "/admin/console/auditentry/",
        "/admin/access/token/",
        "/admin/access/token/add/",
        "/admin/access/token/{token}/change/",
        "/admin/auth/user/",
        "/admin/auth/user/add/",
        "/admin/auth/user/{user}/change/",
        "/admin/auth/group/",
        "/admin/auth/group/add/",
        "/admin/password_change/",
    ),
    "service": (
        "/admin/",
        "/admin/inbox/deadletter/",
        "/admin/inbox/deadletter/letters/",
        "/admin/sync/products/{product}",
        "/admin/sync/products/999999999",
        "/admin/replica/driftcheck/",
        "/admin/replica/driftcheck/{check}/change/",
        "/admin/console/auditentry/",
        "/admin/access/token/",
        "/admin/access/token/add/",
        "/admin/auth/user/",
        "/admin/auth/group/",
    ),
}
LOGIN = "/admin/login/"
SIDES = tuple(side for side, pages in PAGES.items() if pages)
MANAGE_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A superuser on every side that has pages."""

    name: str = "ada"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(20), repr=False)


def manage(stack: MakeRun, side: str, *command: str, settings: Mapping[str, str] | None = None) -> str:
    """What a command says beside `make run`; with `dev/manage` it is the same."""
    code, said = ended(stack, side, *command, settings=settings)
    assert code == 0, f"{command} ended with {code}:\n{said}"
    return said


def ended(stack: MakeRun, side: str, *command: str, settings: Mapping[str, str] | None = None) -> tuple[int, str]:
    """The same for a command that may fail: its exit code, and what it says."""
    done = subprocess.run(
        [*PROGRAM, side, *command],
        cwd=ROOT,
        env=environment(stack.settings | dict(settings or {})),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=MANAGE_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout


def let_in(stack: MakeRun, person: Person) -> None:
    told = {"DJANGO_SUPERUSER_USERNAME": person.name, "DJANGO_SUPERUSER_PASSWORD": person.password}
    told["DJANGO_SUPERUSER_EMAIL"] = f"{person.name}@example.com"
    for side in SIDES:
        manage(stack, side, "createsuperuser", "--noinput", settings=told)


def url(side: Api, path: str) -> str:
    return f"http://127.0.0.1:{side.port}{path}"


def visit(page: Page, side: Api, path: str) -> None:
    """Opens a page of one side, which must be there and not send us to the login."""
    answer = page.goto(url(side, path))
    assert answer is not None
    assert answer.status == 200, f"{path} was answered {answer.status}"
    assert page.url == url(side, path), f"{path} sent us to {page.url}"


def log_in(page: Page, side: Api, *, name: str, password: str) -> None:
    """Fills the form in and sends it. What comes of it, the caller looks at."""
    visit(page, side, LOGIN)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def broken_badges(page: Page) -> list[str]:
    """Those of the page that are not one line high."""
    lines = """badges => badges.filter(badge => {
        const text = document.createRange();
        text.selectNodeContents(badge);
        return new Set([...text.getClientRects()].map(box => Math.round(box.top))).size > 1;
    }).map(badge => badge.textContent)"""
    return list(page.locator(".ls-badge").evaluate_all(lines))


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window: 0 where the layout holds."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
