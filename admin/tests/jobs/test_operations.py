import pytest
from django.db import transaction
from jobs import operations
from jobs.claims import finish
from jobs.errors import NotNow
from jobs.models import Job, State

from tests.jobs.looking import claimed, lines, row


def test_a_message_goes_out_when_the_job_is_committed_and_not_before(
    transactional_db: None, no_message: list[int]
) -> None:
    with transaction.atomic():
        job = operations.add(kind="import", label="a shop", spec={}, by="a test")
        assert no_message == []
    assert no_message == [job.pk]
    assert (job.queue, job.state) == ("imports", State.QUEUED)


def test_what_is_rolled_back_has_neither_row_nor_message(transactional_db: None, no_message: list[int]) -> None:
    with transaction.atomic():
        operations.add(kind="import", label="a shop", spec={}, by="a test")
        transaction.set_rollback(True)
    assert (no_message, Job.objects.count()) == ([], 0)


def test_a_waiting_job_is_cancelled_at_once(job: Job) -> None:
    operations.cancel(job.pk, by="anna")
    assert (row(job).state, row(job).said) == (State.CANCELLED, "Cancelled by anna.")
    assert lines(job) == ["anna cancels it."]


def test_a_running_job_is_asked(job: Job) -> None:
    run = claimed(job)
    operations.cancel(job.pk, by="anna")
    assert row(job).state == State.RUNNING
    assert run.beat()


def test_what_has_ended_cannot_be_cancelled(job: Job) -> None:
    operations.cancel(job.pk, by="anna")
    with pytest.raises(NotNow, match="ended: cancelled"):
        operations.cancel(job.pk, by="anna")


def test_a_failed_job_is_tried_again_with_all_its_tries(job: Job) -> None:
    finish(claimed(job), State.FAILED, "It broke.", error="Traceback")
    Job.objects.filter(pk=job.pk).update(tries=5, crashes=3, counts={"created": 2})
    operations.retry(job.pk, by="anna")
    found = row(job)
    assert (found.state, found.tries, found.crashes, found.sent_at) == (State.QUEUED, 0, 0, None)
    assert (found.finished_at, found.error, found.said, found.counts) == (None, "", "", {"created": 2})
    assert claimed(job).job.token == 2


def test_what_succeeded_runs_or_waits_is_not_tried_again(job: Job) -> None:
    with pytest.raises(NotNow, match="queued"):
        operations.retry(job.pk, by="anna")
    run = claimed(job)
    with pytest.raises(NotNow, match="running"):
        operations.retry(job.pk, by="anna")
    finish(run, State.SUCCEEDED, "done")
    with pytest.raises(NotNow, match="new one"):
        operations.retry(job.pk, by="anna")


def test_emptying_a_queue_cancels_what_waits_in_it_and_nothing_else(job: Job) -> None:
    runs = operations.add(kind="import", label="it runs", spec={}, by="a test")
    claimed(runs)
    other = operations.add(kind="drift check", label="service", spec={}, by="a test")
    assert operations.empty("imports", by="anna") == 1
    assert [row(one).state for one in (job, runs, other)] == [State.CANCELLED, State.RUNNING, State.QUEUED]


def test_all_that_failed_are_tried_again(job: Job) -> None:
    finish(claimed(job), State.FAILED, "It broke.")
    done = operations.add(kind="import", label="done", spec={}, by="a test")
    finish(claimed(done), State.SUCCEEDED, "done")
    assert operations.retry_all(Job.objects.all(), by="anna") == 1
    assert [row(one).state for one in (job, done)] == [State.QUEUED, State.SUCCEEDED]
