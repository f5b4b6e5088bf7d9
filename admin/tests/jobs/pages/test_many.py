"""What is done to many jobs at once, and to all workers: asked once more before, and noted."""

from collections.abc import Callable

import pytest
from console.models import AuditEntry
from django.contrib.auth.models import User
from django.test import Client
from jobs.models import Job
from processes.models import Pause

from tests.conftest import browser
from tests.jobs.pages.conftest import shown, told

pytestmark = pytest.mark.django_db
LIST = "/admin/jobs/job/"
POSTS = ("confirm/", "act/", "pause/", "resume/", "1/cancel/", "1/retry/")
Make = Callable[..., Job]


def entries() -> list[tuple[str, ...]]:
    return list(AuditEntry.objects.order_by("id").values_list("actor", "action", "target", "said"))


def states() -> dict[str, str]:
    return dict(Job.objects.values_list("label", "state"))


def test_all_that_failed_are_tried_again_after_a_question(operator: Client, job: Make) -> None:
    for label, state in (("a", "failed"), ("b", "failed"), ("c", "cancelled"), ("d", "succeeded")):
        job(label=label, state=state)
    job(label="e", state="failed", kind="drift check")
    asked = {"action": "retry", "queue": "imports"}
    assert "Retry all failed jobs of queue imports…" in shown(operator.get(f"{LIST}?queue=imports"))
    assert "Try 2 jobs again?" in shown(operator.post(f"{LIST}confirm/", asked))
    assert "2 to be tried again." in told(operator, operator.post(f"{LIST}act/", asked))
    assert states() == {"a": "queued", "b": "queued", "c": "cancelled", "d": "succeeded", "e": "failed"}
    assert entries() == [
        ("ada", "begin retry", "all failed jobs of queue imports", ""),
        ("ada", "end retry", "all failed jobs of queue imports", "2 to be tried again"),
    ]


def test_cancelled_ones_are_tried_again_where_they_are_asked_for(operator: Client, job: Make) -> None:
    for label, state in (("a", "failed"), ("c", "cancelled")):
        job(label=label, state=state)
    operator.post(f"{LIST}act/", {"action": "retry", "state": "cancelled"})
    assert states() == {"a": "failed", "c": "queued"}


def test_a_queue_is_emptied_after_a_question(operator: Client, job: Make) -> None:
    for label, state in (("a", "queued"), ("b", "running"), ("c", "failed")):
        job(label=label, state=state)
    job(label="d", kind="drift check")
    asked = {"action": "empty", "of": "imports"}
    assert "Cancel 1 job that waits in queue imports?" in shown(operator.post(f"{LIST}confirm/", asked))
    assert "1 cancelled." in told(operator, operator.post(f"{LIST}act/", asked))
    assert states() == {"a": "cancelled", "b": "running", "c": "failed", "d": "queued"}
    assert entries()[-1] == ("ada", "end empty", "queue imports", "1 cancelled")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"action": "delete"},
        {"action": "empty"},
        {"action": "empty", "of": "nowhere"},
        {"action": "empty", "of": "\0"},
        {"action": "empty", "of": "checks"},
        {"action": "retry", "schedule": "no such\0"},
        {"action": "retry", "state": "succeeded", "queue": "checks"},
    ],
)
def test_what_makes_no_sense_changes_nothing(operator: Client, job: Make, fields: dict[str, str]) -> None:
    job(state="failed")
    before = Job.objects.values().get()
    assert "Nothing was done" in told(operator, operator.post(f"{LIST}confirm/", fields))
    operator.post(f"{LIST}act/", fields)
    assert Job.objects.values().get() == before


def test_the_workers_are_paused_with_a_reason_and_resumed(operator: Client) -> None:
    text = told(operator, operator.post(f"{LIST}pause/", {"reason": " a <b>new</b>\n shop\0 "}))
    assert "what runs goes on to its end" in text
    assert "a <b>new</b> shop" in text
    assert Pause.objects.get().role == "worker"
    assert "were paused already" in told(operator, operator.post(f"{LIST}pause/"))
    assert "go on within" in told(operator, operator.post(f"{LIST}resume/"))
    assert "were not paused" in told(operator, operator.post(f"{LIST}resume/"))
    assert entries() == [("ada", "pause", "worker", "a <b>new</b> shop"), ("ada", "resume", "worker", "")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "fields"), [("pause/", {}), ("act/", {"action": "empty", "of": "imports"}), ("act/", {"action": "retry"})]
)
def test_what_cannot_be_noted_is_not_done(
    operator: Client, job: Make, unnoted: None, path: str, fields: dict[str, str]
) -> None:
    job(label="a")
    job(label="b", state="failed")
    assert operator.post(LIST + path, fields).status_code == 503
    assert states() == {"a": "queued", "b": "failed"}
    assert not Pause.objects.exists()


@pytest.mark.parametrize("path", POSTS)
def test_actions_are_by_post_with_the_token_and_the_permission(boss: User, viewer: Client, path: str) -> None:
    assert browser(boss).get(LIST + path).status_code == 405
    assert browser(boss, enforce_csrf_checks=True).post(LIST + path).status_code == 403
    assert viewer.post(LIST + path, {"action": "retry"}).status_code == 403
    assert browser().post(LIST + path).status_code == 302
