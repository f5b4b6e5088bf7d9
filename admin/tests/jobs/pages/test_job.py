"""One job's page, and what people do there."""

from collections.abc import Callable

import pytest
from console.models import AuditEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from jobs.admin import pages
from jobs.models import Job, Line

from tests.conftest import browser, person
from tests.jobs.pages.conftest import shown, told

pytestmark = pytest.mark.django_db
LIST = "/admin/jobs/job/"
Make = Callable[..., Job]


def entries() -> list[tuple[str, ...]]:
    return list(AuditEntry.objects.order_by("id").values_list("actor", "via", "action", "target", "said"))


def path(job: Job, action: str = "change") -> str:
    return f"{LIST}{job.pk}/{action}/"


def test_strangers_and_newcomers_see_nothing(job: Make) -> None:
    made = job()
    assert browser().get(path(made)).status_code == 302
    assert browser(person("newcomer")).get(path(made)).status_code == 403


def test_a_failed_job_tells_all_that_is_known_of_it(viewer: Client, job: Make) -> None:
    now = timezone.now()
    made = job(
        state="failed",
        spec={"url": "https://shop.example.com/lamps", "depth": None, "max_pages": 500},
        schedule="each night",
        started_at=now,
        finished_at=now,
        token=6,
        tries=4,
        crashes=1,
        worker="a-host:4711",
        said="Gave up after 5 tries.",
        error="Traceback (most recent call last)",
        counts={"created": 1200, "rejected": 3, "odd": 1},
    )
    made.lines.create(attempt=1, level="warning", text="Rejected row 7.")
    text = shown(viewer.get(path(made)))
    for words in (
        "https://shop.example.com/lamps",
        "max pages",
        "?schedule=each%20night",
        "a-host:4711",
        "Gave up after 5 tries.",
        "Traceback (most recent call last)",
        "1,200",
        "rejected",
        "unchanged",
        "odd",
        "4 of 5 tries failed",
        "fell silent 1 time of 3",
        "Rejected row 7.",
        ">warning<",
    ):
        assert words in text, words
    assert "depth" not in text
    assert "data-live" not in text
    assert 'method="post"' not in text.partition('<div class="ls-page">')[2].partition("nav-sidebar")[0]


@pytest.mark.parametrize("state", ["queued", "running"])
def test_the_page_keeps_itself_up_to_date_until_the_job_is_over(viewer: Client, job: Make, state: str) -> None:
    assert "data-live" in shown(viewer.get(path(job(state=state))))


def test_the_newest_lines_are_shown_oldest_first_and_the_others_when_asked(viewer: Client, job: Make) -> None:
    made = job(state="running")
    Line.objects.bulk_create(Line(job=made, attempt=1, text=f"line {at:04}") for at in range(pages.LINES + 5))
    text = shown(viewer.get(path(made)))
    assert "line 0004" not in text
    assert text.index("line 0005") < text.index(f"line {pages.LINES + 4:04}")
    with CaptureQueriesContext(connection) as asked:
        assert "line 0000" in shown(viewer.get(f"{path(made)}?all"))
    assert len(asked) <= 8


@pytest.mark.parametrize("id", ["0", "12", "9" * 19, "9" * 40, "-1", "x", "%00"])
def test_a_job_that_is_not_there_is_a_404(operator: Client, id: str) -> None:
    assert operator.get(f"{LIST}{id}/change/").status_code == 404


@pytest.mark.parametrize("action", ["cancel", "retry"])
@pytest.mark.parametrize("id", ["0", "12", "9" * 19, "9" * 40])
def test_nothing_is_done_to_a_job_that_is_not_there(operator: Client, id: str, action: str) -> None:
    assert operator.post(f"{LIST}{id}/{action}/").status_code == 404
    assert entries() == []


def test_a_waiting_job_is_cancelled_and_tried_again(operator: Client, job: Make, no_message: list[int]) -> None:
    made = job()
    assert "Cancel this job" in shown(operator.get(path(made)))
    assert f"Job {made.pk} is cancelled." in told(operator, operator.post(path(made, "cancel")))
    assert f"Job {made.pk} is queued." in told(operator, operator.post(path(made, "retry")))
    assert Job.objects.get().state == "queued"
    assert entries() == [
        ("ada", "console", "cancel", f"job {made.pk}", "import: lamps.csv"),
        ("ada", "console", "retry", f"job {made.pk}", "import: lamps.csv"),
    ]


def test_a_running_job_is_asked_to_end(operator: Client, job: Make) -> None:
    made = job(state="running")
    text = told(operator, operator.post(path(made, "cancel")))
    assert "will end within a few seconds" in text
    assert "is to be cancelled" in text
    assert "Cancel this job" not in text
    assert Job.objects.get().is_cancel_asked


@pytest.mark.parametrize(
    ("state", "action", "words"),
    [
        ("succeeded", "cancel", "It has ended"),
        ("succeeded", "retry", "It succeeded"),
        ("running", "retry", "cancel it first"),
    ],
)
def test_what_does_not_fit_its_state_is_refused_in_words(
    operator: Client, job: Make, state: str, action: str, words: str
) -> None:
    made = job(state=state)
    assert words in told(operator, operator.post(path(made, action)))
    assert Job.objects.get().state == state
    assert entries() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("state", "action"), [("queued", "cancel"), ("failed", "retry")])
def test_what_cannot_be_noted_is_not_done(operator: Client, job: Make, unnoted: None, state: str, action: str) -> None:
    made = job(state=state)
    assert operator.post(path(made, action)).status_code == 503
    assert Job.objects.get().state == state


def test_who_may_only_look_does_nothing(viewer: Client, job: Make) -> None:
    made = job()
    for action in ("cancel", "retry"):
        assert viewer.post(path(made, action)).status_code == 403
    assert Job.objects.get().state == "queued"


def test_nobody_changes_or_deletes_a_row(operator: Client, job: Make) -> None:
    made = job()
    before = Job.objects.values().get()
    operator.post(path(made), {"state": "failed"})
    operator.post(LIST, {"action": "delete_selected", "_selected_action": [made.pk], "post": "yes"})
    assert operator.post(path(made, "delete"), {"post": "yes"}).status_code == 403
    assert Job.objects.values().get() == before
