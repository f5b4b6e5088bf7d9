"""The schedules' page, and what people do there."""

from typing import Any

import pytest
from console.models import AuditEntry
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from jobs import schedules
from jobs.models import Job

from tests.conftest import browser, person
from tests.jobs.pages.conftest import shown, told

pytestmark = pytest.mark.django_db
PAGE = "/admin/jobs/job/schedules/"
URL = "https://shop.example.com/lamps"
NIGHTLY = {"name": "lamps, each night", "kind": "import", "url": URL, "cron": "30 2 * * *", "is_enabled": "on"}


def entries() -> list[tuple[str, ...]]:
    return list(AuditEntry.objects.order_by("id").values_list("actor", "action", "target", "said"))


def planned(name: str = "each hour", **fields: Any) -> None:
    told = {"kind": "import", "label": URL, "spec": {"url": URL, "depth": None, "max_pages": 5}, "every": 3600}
    schedules.plan(name=name, **told | fields)


def test_strangers_and_newcomers_see_nothing() -> None:
    assert browser().get(PAGE).status_code == 302
    assert browser(person("newcomer")).get(PAGE).status_code == 403


def test_who_may_only_look_can_only_look(viewer: Client) -> None:
    planned()
    text = shown(viewer.get(PAGE))
    assert "each hour" in text
    assert "<button" not in text.partition('id="jobs-schedules"')[2].partition("</section>")[0]
    assert 'name="cron"' not in text
    for path in ("plan/", "switch/", "run/", "confirm/", "drop/"):
        assert viewer.post(PAGE + path, {"name": "each hour"}).status_code == 403


def test_an_import_is_planned_by_a_cron_line(operator: Client) -> None:
    assert "Planned: lamps, each night." in told(operator, operator.post(f"{PAGE}plan/", NIGHTLY))
    (found,) = schedules.all_schedules()
    assert (found.name, found.kind, found.label, found.is_enabled) == ("lamps, each night", "import", URL, True)
    assert entries() == [("ada", "plan", "schedule lamps, each night", f"import: {URL}")]


def test_a_drift_check_is_planned_every_so_many_seconds_and_switched_off(operator: Client) -> None:
    operator.post(f"{PAGE}plan/", {"name": "drift", "kind": "drift check", "every": "3600"})
    (found,) = schedules.all_schedules()
    assert (found.kind, found.is_enabled) == ("drift check", False)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "required"),
        ({"name": "a\0b"}, "Null characters"),
        ({"name": "a" * 201}, "at most 200"),
        ({"kind": "spam"}, "not one of the available"),
        ({"url": ""}, "Write the URL"),
        ({"url": "http://10.0.0.1/"}, "private network"),
        ({"cron": ""}, "and not both"),
        ({"every": "60"}, "and not both"),
        ({"cron": "", "every": "0"}, "greater than or equal to 1"),
        ({"cron": "", "every": "1e9"}, "whole number"),
        ({"cron": "", "every": "9" * 40}, "less than or equal"),
        ({"cron": "* * *"}, "five parts"),
        ({"cron": "99 * * * *"}, "no cron expression"),
        ({"cron": "lots of spam and eggs"}, "no cron expression"),
    ],
)
def test_what_makes_no_sense_is_told_and_what_was_typed_stays(
    operator: Client, changes: dict[str, str], words: str
) -> None:
    answer = operator.post(f"{PAGE}plan/", NIGHTLY | changes)
    text = shown(answer)
    assert words in text
    assert "jobs-wrong" in text
    assert (NIGHTLY | changes)["url"] in text
    assert schedules.all_schedules() == []
    assert entries() == []


def test_a_name_is_there_once(operator: Client) -> None:
    planned(NIGHTLY["name"])
    answer = operator.post(f"{PAGE}plan/", NIGHTLY)
    assert "jobs-wrong" in shown(answer)
    assert len(schedules.all_schedules()) == 1


def test_to_plan_an_import_takes_the_permission_to_ask_for_one() -> None:
    client = browser(person("eve", may=("view_job", "work_job")))
    assert client.post(f"{PAGE}plan/", NIGHTLY).status_code == 403
    assert client.post(f"{PAGE}plan/", {"name": "drift", "kind": "drift check", "every": "60"}).status_code == 302
    assert [one.kind for one in schedules.all_schedules()] == ["drift check"]


def test_a_schedule_is_switched_off_and_on(operator: Client) -> None:
    planned()
    for to, is_on in (("off", False), ("on", True)):
        assert f"Switched {to}: each hour." in told(
            operator, operator.post(f"{PAGE}switch/", {"name": "each hour", "to": to})
        )
        assert [one.is_enabled for one in schedules.all_schedules()] == [is_on]
    assert entries() == [
        ("ada", "switch off", "schedule each hour", ""),
        ("ada", "switch on", "schedule each hour", ""),
    ]


def test_a_schedule_runs_now_once(operator: Client) -> None:
    planned()
    answer = operator.post(f"{PAGE}run/", {"name": "each hour"})
    job = Job.objects.get()
    assert f"Job {job.pk} is queued." in told(operator, answer)
    assert (job.by, job.schedule, job.spec["url"]) == ("ada", "each hour", URL)
    assert "wait for its end" in told(operator, operator.post(f"{PAGE}run/", {"name": "each hour"}))
    assert Job.objects.count() == 1
    assert entries() == [("ada", "run", "schedule each hour", f"job {job.pk}")]


def test_a_schedule_is_dropped_after_a_question_and_its_jobs_stay(operator: Client) -> None:
    planned()
    operator.post(f"{PAGE}run/", {"name": "each hour"})
    assert "Drop the schedule each hour?" in shown(operator.post(f"{PAGE}confirm/", {"name": "each hour"}))
    assert "Dropped: each hour." in told(operator, operator.post(f"{PAGE}drop/", {"name": "each hour"}))
    assert schedules.all_schedules() == []
    assert Job.objects.count() == 1
    assert entries()[-1] == ("ada", "drop", "schedule each hour", "")


@pytest.mark.parametrize("name", ["", "no such", "\0", "x" * 5000])
@pytest.mark.parametrize("path", ["switch/", "run/", "confirm/", "drop/"])
def test_nothing_is_done_to_a_schedule_that_is_not_there(operator: Client, path: str, name: str) -> None:
    assert "there is no such schedule" in told(operator, operator.post(PAGE + path, {"name": name}))
    assert entries() == []


@pytest.mark.parametrize("path", ["switch/", "run/", "drop/", "confirm/"])
def test_a_task_of_somebody_else_is_no_schedule_of_ours(operator: Client, path: str) -> None:
    interval = IntervalSchedule.objects.create(every=1, period="days")
    PeriodicTask.objects.create(name="theirs", task="celery.backend_cleanup", interval=interval)
    assert "theirs" not in shown(operator.get(PAGE))
    assert "there is no such schedule" in told(operator, operator.post(PAGE + path, {"name": "theirs"}))
    assert PeriodicTask.objects.get().enabled


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["plan/", "switch/", "run/", "drop/"])
def test_what_cannot_be_noted_is_not_done(operator: Client, unnoted: None, path: str) -> None:
    planned()
    before = PeriodicTask.objects.values("name", "enabled").get()
    fields = NIGHTLY if path == "plan/" else {"name": "each hour"}
    assert operator.post(PAGE + path, fields).status_code == 503
    assert PeriodicTask.objects.values("name", "enabled").get() == before
    assert not Job.objects.exists()


@pytest.mark.parametrize("path", ["switch/", "run/", "confirm/", "drop/"])
def test_actions_are_by_post_with_the_token_against_forged_requests(boss: User, path: str) -> None:
    assert browser(boss).get(PAGE + path).status_code == 405
    assert browser(boss, enforce_csrf_checks=True).post(PAGE + path).status_code == 403


def test_the_last_run_is_shown_with_what_became_of_it(viewer: Client) -> None:
    planned("each/hour")
    Job.objects.create(kind="import", queue="imports", label=URL, by="schedule", schedule="each/hour", state="failed")
    last = Job.objects.create(
        kind="import",
        queue="imports",
        label=URL,
        by="schedule",
        schedule="each/hour",
        state="succeeded",
        said="3 created",
    )
    text = shown(viewer.get(PAGE))
    assert f"/admin/jobs/job/{last.pk}/change/" in text
    assert "3 created" in text
    assert "?schedule=each%2Fhour" in text
    assert ">failed<" not in text


def test_a_page_costs_the_same_however_many_schedules_there_are(viewer: Client) -> None:
    costs = []
    for number in (1, 8):
        for at in range(number):
            planned(f"{number} {at}", every=60 + at)
        with CaptureQueriesContext(connection) as asked:
            shown(viewer.get(PAGE))
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 10


def test_hostile_texts_are_shown_as_text(operator: Client) -> None:
    evil = '"><script>alert(1)</script>'
    planned(evil, label=evil)
    for answer in (operator.get(PAGE), operator.post(f"{PAGE}confirm/", {"name": evil})):
        assert "<script>alert" not in answer.content.decode()
        assert evil in shown(answer)


def test_the_library_s_own_pages_are_not_there(boss: User) -> None:
    assert not admin.site.is_registered(PeriodicTask)
    assert browser(boss).get("/admin/django_celery_beat/periodictask/").status_code == 404
    assert "django_celery_beat" not in browser(boss).get("/admin/").content.decode()
