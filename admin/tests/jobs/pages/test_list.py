"""The jobs' page: queues, workers, the last day, and the jobs themselves."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from jobs.admin import listing
from jobs.models import Job
from processes.models import Process

from tests.conftest import browser, person
from tests.jobs.pages.conftest import shown

pytestmark = pytest.mark.django_db
LIST = "/admin/jobs/job/"
Make = Callable[..., Job]


def ids(text: str) -> list[int]:
    """Of the jobs that the table shows, as it shows them."""
    return [int(part.partition("/")[0]) for part in text.split(f'href="{LIST}')[1:] if part.split("/")[0].isdecimal()]


def process(role: str, **fields: Any) -> Process:
    now = timezone.now()
    told = {"host": "a-host", "pid": 4711, "version": "1", "started_at": now, "since": now, "state": "idle"}
    made = Process.objects.create(role=role, beat_at=now, **told | fields)
    Process.objects.filter(pk=made.pk).update(beat_at=Now())
    return made


def test_strangers_and_newcomers_see_nothing() -> None:
    assert browser().get(LIST).status_code == 302
    assert browser(person("newcomer")).get(LIST).status_code == 403


def test_who_may_only_look_can_only_look(viewer: Client, job: Make) -> None:
    job()
    text = shown(viewer.get(LIST))
    assert "lamps.csv" in text
    content = text.partition('<div class="ls-page">')[2]
    assert 'method="post"' not in content.partition('id="nav-sidebar')[0].replace("/admin/logout/", "")


def test_the_newest_jobs_come_first_and_the_others_page_by_page(viewer: Client, job: Make) -> None:
    made = [job().pk for _ in range(listing.SHOWN + 2)][::-1]
    text = shown(viewer.get(LIST))
    assert ids(text) == made[: listing.SHOWN]
    assert f"before={made[listing.SHOWN - 1]}" in text
    assert ids(shown(viewer.get(f"{LIST}?before={made[listing.SHOWN - 1]}"))) == made[listing.SHOWN :]


@pytest.mark.parametrize("number", [1, listing.SHOWN])
def test_a_page_costs_the_same_however_many_jobs_it_shows(viewer: Client, job: Make, number: int) -> None:
    for at in range(number):
        job(state="succeeded", started_at=timezone.now(), finished_at=timezone.now(), label=f"{at}.csv")
    with CaptureQueriesContext(connection) as asked:
        viewer.get(LIST)
    assert len(asked) <= 13


def test_jobs_are_filtered_by_state_queue_and_schedule(viewer: Client, job: Make) -> None:
    failed = job(state="failed").pk
    check = job(kind="drift check", schedule="each/hour & more").pk
    assert ids(shown(viewer.get(f"{LIST}?state=failed"))) == [failed]
    assert ids(shown(viewer.get(f"{LIST}?queue=checks"))) == [check]
    assert ids(shown(viewer.get(LIST, {"schedule": "each/hour & more"}))) == [check]
    assert "None of these." in shown(viewer.get(f"{LIST}?state=running"))


@pytest.mark.parametrize(
    "query", ["state=lost", "queue=nowhere", "before=x", f"before={'9' * 40}", "before=-1", "schedule=%00", "state=%00"]
)
def test_a_filter_that_makes_no_sense_asks_for_nothing(viewer: Client, job: Make, query: str) -> None:
    made = job().pk
    assert ids(shown(viewer.get(f"{LIST}?{query}"))) == [made]


def test_the_queues_are_shown_with_what_waits_runs_and_failed(viewer: Client, job: Make) -> None:
    for state in ("queued", "queued", "running", "failed", "succeeded"):
        job(state=state)
    listing.count_anew()
    seen = listing.strip()
    assert [(bar.word, bar.count, bar.percent) for bar in seen["bars"]["imports"]] == [
        ("waiting", 2, 100),
        ("running", 1, 50),
        ("failed", 1, 50),
    ]
    assert {bar.count for bar in seen["bars"]["checks"]} == {0}
    text = shown(viewer.get(LIST))
    assert "?state=queued&queue=imports" in text
    assert "width: 50%" in text


def test_the_last_day_is_told_in_numbers(viewer: Client, job: Make) -> None:
    now = timezone.now()
    for seconds in (1, 2, 90):
        job(state="succeeded", started_at=now - timedelta(seconds=seconds), finished_at=now)
    job(state="failed", started_at=now, finished_at=now - timedelta(hours=23))
    job(state="failed", started_at=now, finished_at=now - timedelta(hours=25))
    assert listing.strip()["day"] == {"succeeded": 3, "failed": 1, "cancelled": 0, "seconds": 2.0}
    assert "2.0 s" in shown(viewer.get(LIST))


def test_where_nobody_lives_the_page_says_what_to_start(viewer: Client) -> None:
    text = shown(viewer.get(LIST))
    assert "No worker lives" in text
    assert "Beat does not live" in text
    process("worker", said="1 of 4 processes busy", state="working")
    process("beat")
    text = shown(viewer.get(LIST))
    assert "No worker lives" not in text
    assert "Beat does not live" not in text
    assert "a-host/4711" in text
    assert "1 of 4 processes busy" in text


def test_a_worker_that_has_fallen_silent_is_shown_as_such(viewer: Client) -> None:
    made = process("worker")
    Process.objects.filter(pk=made.pk).update(beat_at=timezone.now() - timedelta(hours=1))
    text = shown(viewer.get(LIST))
    assert "silent" in text
    assert "No worker lives" in text


@pytest.mark.parametrize(("state", "is_live"), [("queued", True), ("running", True), ("failed", False)])
def test_without_javascript_the_page_comes_anew_while_something_goes_on(
    viewer: Client, job: Make, state: str, is_live: bool
) -> None:
    job(state=state)
    assert ('http-equiv="refresh"' in shown(viewer.get(LIST))) == is_live


def test_how_far_a_job_is_is_shown_as_a_bar_and_in_numbers(viewer: Client, job: Make) -> None:
    job(state="running", started_at=timezone.now(), done=50, total=200, counts={"created": 1234, "rejected": 0})
    job(state="running", started_at=timezone.now(), done=7)
    text = shown(viewer.get(LIST))
    assert 'aria-valuenow="25"' in text
    assert "50 of 200" in text
    assert "1,234 created" in text
    assert "rejected" not in text.partition("<tbody>")[2]
    assert "7 so far" in text


def test_hostile_texts_are_shown_as_text(operator: Client, job: Make) -> None:
    evil = "<script>alert(1)</script>"
    made = job(
        label=evil, by=evil, said=evil, schedule=evil, state="failed", error=evil, spec={evil: evil}, worker=evil
    )
    made.lines.create(attempt=1, level="error", text=evil)
    for path in (LIST, f"{LIST}{made.pk}/change/", f"{LIST}?schedule=<script>alert(1)</script>"):
        text = operator.get(path).content.decode()
        assert evil not in text
        assert "&lt;script&gt;" in text
