from collections.abc import Callable
from typing import Any

import pytest
from celery.exceptions import Reject
from django.db import OperationalError
from jobs import keeping, operations, tasks, working
from jobs.errors import Later, Refused
from jobs.models import Job, State
from jobs.stopping import stopping
from jobs.working import work

from tests.jobs.conftest import Handler
from tests.jobs.looking import fallen_silent, lines, row
from tests.support import eventually, together

Handled = Callable[[Handler], None]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(keeping, "PATIENCE_SECONDS", 0.3)


@pytest.fixture
def waiting(transactional_db: None) -> Job:
    """A job whose rows other threads see."""
    return operations.add(kind="import", label="a shop", spec={}, by="a test")


def raising(error: Exception) -> Handler:
    def run(run: Any) -> str:
        raise error

    return run


def until_told(run: Any) -> str:
    """Works for ever, in short steps."""
    eventually(lambda: run.look(), seconds=30)
    return "never"


def test_what_the_handler_says_is_what_became_of_it(waiting: Job, handled: Handled) -> None:
    def handler(run: Any) -> str:
        run.progress(2, 3, "reading")
        run.note("Found a lamp.")
        with run.writing() as counts:
            counts["created"] += 2
        return "2 created"

    handled(handler)
    work(waiting.pk, worker="here:1")
    found = row(waiting)
    assert (found.state, found.said, found.counts) == (State.SUCCEEDED, "2 created", {"created": 2})
    assert (found.done, found.total) == (2, 3)
    assert found.finished_at
    assert lines(waiting) == ["Attempt 1 begins on here:1.", "Found a lamp.", "2 created"]


def test_what_cannot_be_done_has_failed_at_once_and_without_a_traceback(waiting: Job, handled: Handled) -> None:
    handled(raising(Refused("There is no such page.")))
    work(waiting.pk, worker="here:1")
    assert (row(waiting).state, row(waiting).said, row(waiting).error) == (State.FAILED, "There is no such page.", "")


def test_a_bug_has_failed_at_once_and_keeps_its_traceback(waiting: Job, handled: Handled) -> None:
    handled(raising(KeyError("lamp")))
    work(waiting.pk, worker="here:1")
    assert (row(waiting).state, row(waiting).said) == (State.FAILED, "KeyError: 'lamp'")
    assert "Traceback" in row(waiting).error


@pytest.mark.parametrize("error", [Later("The shop answers 503."), OperationalError("gone away")])
def test_what_passes_by_is_tried_again_later(
    waiting: Job, handled: Handled, jobs_conf: Callable[..., None], error: Exception
) -> None:
    jobs_conf(retry_seconds=10, tries=3)
    handled(raising(error))
    work(waiting.pk, worker="here:1")
    found = row(waiting)
    assert (found.state, found.tries, found.crashes, found.sent_at) == (State.QUEUED, 1, 0, None)
    assert 4 < (found.run_at - found.started_at).total_seconds() < 12
    assert "Try 2 of 3 follows" in found.said


def test_each_wait_is_about_twice_the_one_before_and_the_last_try_fails(
    waiting: Job, handled: Handled, jobs_conf: Callable[..., None]
) -> None:
    jobs_conf(retry_seconds=0, tries=3)
    handled(raising(Later("The shop answers 503.")))
    for _ in range(3):
        work(waiting.pk, worker="here:1")
    found = row(waiting)
    assert (found.state, found.token) == (State.FAILED, 3)
    assert found.said == "Gave up after 3 tries. The shop answers 503."


def test_a_running_job_can_be_cancelled(waiting: Job, handled: Handled, quick: None) -> None:
    handled(until_told)

    def cancel() -> None:
        eventually(lambda: row(waiting).state == State.RUNNING)
        operations.cancel(waiting.pk, by="a test")

    together(lambda: work(waiting.pk, worker="here:1"), cancel)
    assert row(waiting).state == State.CANCELLED
    assert "a test cancels it." in lines(waiting)


def test_an_attempt_has_its_time_and_no_more(
    waiting: Job, handled: Handled, quick: None, jobs_conf: Callable[..., None]
) -> None:
    jobs_conf(seconds=0)
    handled(until_told)
    work(waiting.pk, worker="here:1")
    assert row(waiting).state == State.FAILED
    assert "JOBS_SECONDS=0" in row(waiting).said


def test_a_worker_that_ends_hands_its_job_back(waiting: Job, handled: Handled, quick: None) -> None:
    handled(until_told)
    stopping.set()
    try:
        work(waiting.pk, worker="here:1")
    finally:
        stopping.clear()
    found = row(waiting)
    assert (found.state, found.tries, found.crashes, found.sent_at) == (State.QUEUED, 0, 0, None)


def test_what_is_deaf_loses_its_job_and_can_write_nothing_more(waiting: Job, handled: Handled, quick: None) -> None:
    written = []

    def deaf(run: Any) -> str:
        stopping.set()
        eventually(lambda: row(waiting).state == State.QUEUED)
        with run.writing() as counts:
            counts["created"] += 1
            written.append(1)
        return "done"

    handled(deaf)
    try:
        work(waiting.pk, worker="here:1")
    finally:
        stopping.clear()
    assert (row(waiting).state, row(waiting).counts, written) == (State.QUEUED, {}, [])


def test_one_that_lost_its_job_stops_and_changes_nothing(waiting: Job, handled: Handled, quick: None) -> None:
    def slow(run: Any) -> str:
        fallen_silent(waiting, token=run.job.token + 1, worker="there:2")
        return until_told(run)

    handled(slow)
    work(waiting.pk, worker="here:1")
    assert (row(waiting).state, row(waiting).worker) == (State.RUNNING, "there:2")


def test_a_job_says_that_it_lives(waiting: Job, handled: Handled, quick: None) -> None:
    seen = []

    def handler(run: Any) -> str:
        run.progress(1, 2, "half way")
        run.note("A line of the log.")
        before = row(waiting).beat_at
        seen.append(eventually(lambda: row(waiting).beat_at != before and row(waiting)))
        eventually(lambda: "A line of the log." in lines(waiting))
        return "done"

    handled(handler)
    work(waiting.pk, worker="here:1")
    assert (seen[0].done, seen[0].total, seen[0].said) == (1, 2, "half way")


def test_a_log_has_an_end(waiting: Job, handled: Handled) -> None:
    def handler(run: Any) -> str:
        for number in range(1500):
            run.note(f"line {number} \0" + "x" * 3000)
        return "done"

    handled(handler)
    work(waiting.pk, worker="here:1")
    assert waiting.lines.count() == 1000
    assert "the rest is left out" in lines(waiting)[-1]
    assert row(waiting).said == "done"


def test_one_that_is_to_be_cancelled_is_not_tried_again(waiting: Job, handled: Handled) -> None:
    def handler(run: Any) -> str:
        operations.cancel(waiting.pk, by="a test")
        raise Later("The shop answers 503.")

    handled(handler)
    work(waiting.pk, worker="here:1")
    assert row(waiting).state == State.CANCELLED


def test_what_strangers_say_is_stored_whatever_is_in_it(waiting: Job, handled: Handled) -> None:
    handled(raising(Refused("text/\0foo \ud800 is no page.")))
    work(waiting.pk, worker="here:1")
    assert row(waiting).said == r"text/\x00foo \ud800 is no page."
    operations.retry(waiting.pk, by="a test")
    handled(raising(KeyError("\0 \ud800")))
    work(waiting.pk, worker="here:1")
    assert "Traceback" in row(waiting).error


def test_each_attempt_has_a_log_of_its_own(waiting: Job, handled: Handled) -> None:
    def handler(run: Any) -> str:
        for number in range(1200):
            run.note(f"line {number}")
        raise Refused("no")

    handled(handler)
    work(waiting.pk, worker="here:1")
    operations.retry(waiting.pk, by="a test")
    work(waiting.pk, worker="here:2")
    assert "Attempt 2 begins on here:2." in lines(waiting)


def test_a_deaf_attempt_is_alive_until_it_is_taken_away(waiting: Job, handled: Handled, quick: None) -> None:
    beats = set()

    def deaf(run: Any) -> str:
        stopping.set()
        eventually(lambda: beats.add(row(waiting).beat_at) or row(waiting).state == State.QUEUED)
        return "done"

    handled(deaf)
    try:
        work(waiting.pk, worker="here:1")
    finally:
        stopping.clear()
    assert len(beats) > 3


def test_a_database_that_fails_for_a_moment_does_not_use_the_message_up(
    waiting: Job, handled: Handled, monkeypatch: pytest.MonkeyPatch
) -> None:
    handled(lambda run: "done")
    monkeypatch.setattr(working, "WAITS", (0.0, 0.0, None))
    real, failures = working.claims.claim, iter([True, True])

    def claim(job_id: int, *, worker: str) -> Any:
        if next(failures, False):
            raise OperationalError("it is away")
        return real(job_id, worker=worker)

    monkeypatch.setattr(working.claims, "claim", claim)
    assert work(waiting.pk, worker="here:1") == "succeeded"


def test_a_database_that_stays_away_puts_the_message_back(waiting: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "WAITS", (None,))

    def claim(job_id: int, *, worker: str) -> Any:
        raise OperationalError("it is away")

    monkeypatch.setattr(working.claims, "claim", claim)
    with pytest.raises(Reject) as refused:
        tasks.run(waiting.pk)
    assert refused.value.requeue
    assert row(waiting).state == State.QUEUED
