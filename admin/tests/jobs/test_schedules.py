"""Schedules as people plan them: rows that beat follows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from config.celery import app
from django.db import OperationalError
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from jobs import operations, schedules
from jobs.models import Job, State
from jobs.scheduler import Scheduler

pytestmark = pytest.mark.django_db
SPEC = {"url": "https://shop.example.com/", "depth": None, "max_pages": 5}


def plan(name: str = "nightly", **more: Any) -> None:
    when = {} if "every" in more or "cron" in more else {"every": 60}
    schedules.plan(**{"name": name, "kind": "import", "label": "the shop", "spec": SPEC, **when, **more})


def only() -> schedules.Schedule:
    (found,) = schedules.all_schedules()
    return found


def test_a_schedule_is_as_it_was_planned() -> None:
    plan(every=300)
    found = only()
    assert (found.name, found.kind, found.label, found.spec) == ("nightly", "import", "the shop", SPEC)
    assert (found.when, found.is_enabled, found.last_run_at, found.last_job) == ("every 5 minutes", True, None, None)
    assert timedelta(seconds=290) < found.next_run_at - timezone.now() <= timedelta(seconds=301)


@pytest.mark.parametrize(
    ("every", "words"),
    [(1, "every second"), (90, "every 90 seconds"), (3600, "every hour"), (172_800, "every 2 days")],
)
def test_its_time_is_told_in_words(every: int, words: str) -> None:
    plan(every=every)
    assert only().when == words


def test_cron_is_in_utc() -> None:
    plan(cron=" 30  3 * * 1-5 ")
    found = only()
    assert found.when == "30 3 * * 1-5 (UTC)"
    at = found.next_run_at.astimezone(UTC)
    assert (at.hour, at.minute, at.weekday() < 5) == (3, 30, True)


def test_a_name_that_is_there_already_gets_the_new_plan() -> None:
    plan(every=60)
    plan(cron="0 3 * * *", kind="drift check", label="drift check", spec={}, is_enabled=False)
    found = only()
    assert (found.kind, found.when, found.is_enabled, found.next_run_at) == (
        "drift check", "0 3 * * * (UTC)", False, None,
    )  # fmt: skip
    assert not IntervalSchedule.objects.exists()
    plan(every=60)
    assert not CrontabSchedule.objects.exists()


def test_dropping_one_leaves_the_others_and_its_jobs() -> None:
    plan("a")
    plan("b")
    job = operations.add(kind="import", label="the shop", spec=SPEC, by="schedule", schedule="a")
    assert schedules.drop("a") is True
    assert schedules.drop("a") is False
    assert only().name == "b"
    assert IntervalSchedule.objects.count() == 1
    assert Job.objects.get() == job


def test_its_last_job_is_told() -> None:
    plan("a")
    plan("b")
    jobs = [operations.add(kind="import", label=str(n), spec={}, by="schedule", schedule="a") for n in range(2)]
    a, b = schedules.all_schedules()
    assert (a.last_job, b.last_job) == (jobs[1], None)
    assert a.last_run_at == jobs[1].created_at


def test_what_is_late_is_due_now() -> None:
    plan()
    PeriodicTask.objects.update(last_run_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert abs(only().next_run_at - timezone.now()) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "name has 1 to 200"),
        ({"name": "x" * 201}, "name has 1 to 200"),
        ({"name": "a\0b"}, "can be seen"),
        ({"name": " a"}, "no space around"),
        ({"kind": "nonsense"}, "there are drift check, import"),
        ({"every": 0}, "every 1 to"),
        ({"every": 2**40}, "every 1 to"),
        ({"every": None}, "not both"),
        ({"every": 60, "cron": "* * * * *"}, "not both"),
        ({"cron": "* * *"}, "five parts"),
        ({"cron": "* * * * * *"}, "five parts"),
        ({"cron": "99 * * * *"}, "99 > 59"),
        ({"cron": "*/0 * * * *"}, "no cron expression"),
        ({"cron": ", * * * *"}, "no cron expression"),
        ({"cron": "0 0 30 2 *"}, "no cron expression"),
        ({"cron": "0 0 * * 7"}, "Sunday is 0"),
        ({"cron": "٣ * * * *"}, "five parts"),
        ({"cron": f"{'1,' * 40}1 * * * *"}, "five parts"),
        ({"cron": "\0 * * * *"}, "no cron expression"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        plan(**wrong)
    assert not PeriodicTask.objects.exists()
    assert not IntervalSchedule.objects.exists()


def test_what_somebody_wrote_into_the_row_is_no_trouble() -> None:
    plan()
    for kwargs in ("", "[]", "{", '{"spec": 7, "kind": null}', "[" * 100_000):
        PeriodicTask.objects.update(kwargs=kwargs)
        assert only().spec == {}


def test_the_costs_are_the_same_for_many(django_assert_num_queries: Any) -> None:
    for n in range(5):
        plan(f"s{n}")
        operations.add(kind="import", label="x", spec={}, by="schedule", schedule=f"s{n}")
    with django_assert_num_queries(2):
        assert len(schedules.all_schedules()) == 5


@pytest.mark.django_db(transaction=True)
def test_what_comes_due_while_the_database_fails_is_added_when_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    plan(every=86_400)
    PeriodicTask.objects.update(last_run_at=timezone.now() - timedelta(days=2))
    real, failures = operations.add, iter([True])

    def add(**what: Any) -> Job:
        if next(failures, False):
            raise OperationalError("it is away")
        return real(**what)

    monkeypatch.setattr("jobs.scheduler.operations.add", add)
    scheduler = Scheduler(app)
    scheduler._finalize.cancel()  # which would write to the database when the tests are over
    scheduler.tick()
    assert not Job.objects.exists()
    for _ in range(3):
        scheduler.tick()
    assert Job.objects.get().schedule == "nightly"
    Job.objects.update(state=State.SUCCEEDED)
    for _ in range(3):
        scheduler.tick()
    assert Job.objects.count() == 1
