"""`manage.py jobs` as its users call it: what it does, with its entries in the audit."""

from typing import Any

import pytest
from console.models import AuditEntry
from django_celery_beat.models import PeriodicTask
from jobs import schedules
from jobs.models import State
from processes.models import Pause

from tests.jobs.commands import said
from tests.jobs.rows import a_job
from tests.jobs.test_schedules import only

pytestmark = pytest.mark.django_db
URL = "https://shop.example.com/lamps"


def run(*arguments: str, code: int = 0) -> str:
    return said("jobs", *arguments, code=code)


def entries() -> list[tuple[str, str, str]]:
    return list(AuditEntry.objects.order_by("id").values_list("action", "target", "said"))


def states(*jobs: Any) -> list[str]:
    for job in jobs:
        job.refresh_from_db()
    return [job.state for job in jobs]


def test_retry_is_of_those_that_are_named() -> None:
    failed, done = a_job(state=State.FAILED), a_job(state=State.SUCCEEDED)
    text = run("retry", str(failed.pk), str(done.pk), "999", str(failed.pk), code=1)
    assert f"{failed.pk}\tis to be tried again" in text
    assert f"{done.pk}\tNothing was done. It succeeded" in text
    assert "There is no job 999." in text
    assert states(failed, done) == [State.QUEUED, State.SUCCEEDED]
    assert entries() == [("retry", f"job {failed.pk}", "import: the shop")]


def test_retry_all_is_of_those_that_failed() -> None:
    failed, other = a_job(state=State.FAILED), a_job(kind="drift check", state=State.FAILED)
    cancelled = a_job(state=State.CANCELLED)
    assert run("retry", "--all", "--dry-run").strip() == "retry: 2 would be tried again"
    assert entries() == []
    assert run("retry", "--all", "--queue", "imports").strip() == "retry: 1 to be tried again"
    assert states(failed, other, cancelled) == [State.QUEUED, State.FAILED, State.CANCELLED]
    run("retry", "--all")
    assert states(other, cancelled) == [State.QUEUED, State.CANCELLED]
    assert entries()[:2] == [
        ("begin retry", "failed jobs of queue imports", ""),
        ("end retry", "failed jobs of queue imports", "1 to be tried again"),
    ]


def test_cancel_ends_what_waits_and_asks_what_runs() -> None:
    waiting, running, over = a_job(), a_job(state=State.RUNNING), a_job(state=State.FAILED)
    text = run("cancel", *(str(job.pk) for job in (waiting, running, over)), code=1)
    assert "is cancelled" in text
    assert "ends within a few seconds" in text
    assert "It has ended: failed." in text
    assert states(waiting, running, over) == [State.CANCELLED, State.RUNNING, State.FAILED]
    assert running.is_cancel_asked
    assert [action for action, _, _ in entries()] == ["cancel", "cancel"]


def test_empty_cancels_what_waits_in_one_queue() -> None:
    waiting, running, other = a_job(), a_job(state=State.RUNNING), a_job(kind="drift check")
    assert run("empty", "imports", "--dry-run").strip() == "empty: 1 would be cancelled"
    assert run("empty", "imports").strip() == "empty: 1 cancelled"
    assert states(waiting, running, other) == [State.CANCELLED, State.RUNNING, State.QUEUED]
    assert entries()[1] == ("end empty", "queue imports", "1 cancelled")


def test_pause_and_resume() -> None:
    a_job(state=State.RUNNING)
    assert "1 job that runs goes on to its end" in run("pause", "--reason", "moving")
    assert Pause.objects.get().reason == "moving"
    assert "were paused already, by " in run("pause")
    assert "go on within" in run("resume")
    assert "were not paused" in run("resume")
    assert entries() == [("pause", "worker", "moving"), ("resume", "worker", "")]


def test_an_import_is_scheduled_and_forgotten() -> None:
    assert run("schedule", "nightly", "--import", URL, "--cron", "0 3 * * *").strip() == "Planned: nightly."
    found = only()
    assert (found.kind, found.label, found.spec["url"], found.when) == ("import", URL, URL, "0 3 * * * (UTC)")
    assert "nightly\timport\t" in run("schedules")
    assert "Dropped: nightly" in run("unschedule", "nightly")
    assert "There is no schedule nightly" in run("unschedule", "nightly", code=1)
    assert run("schedules").strip() == "no schedules"
    assert entries() == [
        ("plan", "schedule nightly", f"import {URL}, 0 3 * * *"),
        ("drop", "schedule nightly", ""),
    ]


def test_a_drift_check_is_scheduled_and_planned_anew() -> None:
    run("schedule", "drift", "--drift-check", "--every", "60")
    assert "not switched on" in run("schedule", "drift", "--drift-check", "--every", "3600", "--disabled")
    found = only()
    assert (found.kind, found.when, found.is_enabled) == ("drift check", "every hour", False)
    assert '"next_run_at": null' in run("schedules", "--json")


def test_schedules_tell_what_became_of_the_last_job() -> None:
    schedules.plan(name="a", kind="import", label="the shop", spec={}, every=60)
    job = a_job(schedule="a", state=State.SUCCEEDED, said="3 created")
    assert run("schedules").splitlines()[1].split("\t")[-3:] == [str(job.pk), "succeeded", "3 created"]
    assert f'"id": {job.pk}' in run("schedules", "--json")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--import", URL, "--cron", "* *"), "five parts"),
        (("--import", URL, "--cron", "99 * * * *"), "99 > 59"),
        (("--import", URL, "--every", "0"), "every 1 to"),
        (("--import", URL, "--every", "9" * 19), ""),
        (("--import", URL), "--every --cron"),
        (("--every", "60"), "--import --drift-check"),
        (("--import", URL, "--drift-check", "--every", "60"), "not allowed with"),
        (("--import", URL, "--every", "60", "--cron", "* * * * *"), "not allowed with"),
        (("--import", "file:///etc/passwd", "--every", "60"), "begins with http"),
        (("--import", "http://10.0.0.1/", "--every", "60"), "private network"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused_in_words(arguments: tuple[str, ...], words: str) -> None:
    code = 2 if words in ("five parts", "99 > 59", "every 1 to") else 1
    assert words in run("schedule", "x", *arguments, code=code if len(arguments[-1]) < 19 else 1)
    assert not PeriodicTask.objects.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("retry",),
        ("retry", "1", "--all"),
        ("retry", "1", "--queue", "imports"),
        ("retry", "1", "--dry-run"),
    ],
)
def test_it_must_be_said_which(arguments: tuple[str, ...]) -> None:
    run(*arguments, code=2)


@pytest.mark.parametrize("arguments", [("cancel",), ("cancel", "x"), ("empty",), ("empty", "odd"), ("nonsense",)])
def test_wrong_usage_changes_nothing(arguments: tuple[str, ...]) -> None:
    a_job()
    run(*arguments, code=1)
    assert entries() == []


def test_without_an_audit_entry_nothing_is_done(unnoted: None) -> None:
    job = a_job()
    assert run("cancel", str(job.pk), code=1).startswith("cancel: database ")
    assert states(job) == [State.QUEUED]
