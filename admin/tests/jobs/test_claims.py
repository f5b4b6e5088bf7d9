from datetime import timedelta

import pytest
from django.utils import timezone
from jobs import claims, operations
from jobs.claims import claim, take_from_the_dead
from jobs.errors import Lost
from jobs.models import Job, State
from jobs.roles import WORKER
from processes import steering

from tests.jobs.looking import claimed, fallen_silent, lines, row
from tests.support import together


def test_a_job_is_claimed_once(job: Job) -> None:
    run = claimed(job, worker="here:7")
    assert claim(job.pk, worker="there:8") is None
    found = row(job)
    assert (found.state, found.worker, found.token, run.job.token) == (State.RUNNING, "here:7", 1, 1)


def test_of_workers_that_claim_at_once_one_has_it(transactional_db: None) -> None:
    job = operations.add(kind="import", label="a shop", spec={}, by="a test")
    claims_made = [future.result() for future in together(*[lambda: claim(job.pk, worker="here:1")] * 6)]
    assert len([run for run in claims_made if run]) == 1


def test_nothing_is_claimed_before_its_time(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(run_at=timezone.now() + timedelta(seconds=60))
    assert claim(job.pk, worker="here:1") is None
    assert row(job).state == State.QUEUED


def test_nothing_is_claimed_while_workers_pause_and_its_message_comes_again(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(sent_at=timezone.now())
    steering.pause(role=WORKER, by="a test")
    assert claim(job.pk, worker="here:1") is None
    assert (row(job).state, row(job).sent_at) == (State.QUEUED, None)
    steering.resume(role=WORKER)
    assert claim(job.pk, worker="here:1")


def test_what_has_ended_is_not_claimed(job: Job) -> None:
    operations.cancel(job.pk, by="a test")
    assert claim(job.pk, worker="here:1") is None


def test_a_worker_that_fell_silent_loses_its_job_to_another_one(job: Job) -> None:
    first = claimed(job, worker="here:1")
    assert take_from_the_dead() == 0
    fallen_silent(job)
    assert take_from_the_dead() == 1
    assert (row(job).state, row(job).crashes) == (State.QUEUED, 1)
    second = claimed(job, worker="there:2")
    with second.writing() as counts:
        counts["created"] += 1
    with pytest.raises(Lost), first.writing() as counts:
        counts["created"] += 10
    with pytest.raises(Lost):
        first.beat()
    assert not claims.finish(first, State.SUCCEEDED, "too late")
    assert (row(job).counts, row(job).state, row(job).worker) == ({"created": 1}, State.RUNNING, "there:2")


def test_a_job_that_three_workers_died_over_is_parked(job: Job) -> None:
    for crashes in (1, 2, 3):
        claimed(job, worker=f"here:{crashes}")
        fallen_silent(job)
        assert take_from_the_dead() == 1
        assert row(job).crashes == crashes
    found = row(job)
    assert (found.state, found.token) == (State.FAILED, 3)
    assert "here:3 fell silent" in found.said
    assert "Parked" in found.said
    assert claim(job.pk, worker="here:4") is None
    assert [line for line in lines(job) if "fell silent" in line]


def test_one_that_was_to_be_cancelled_is_so_when_its_worker_dies(job: Job) -> None:
    claimed(job)
    fallen_silent(job, is_cancel_asked=True)
    assert take_from_the_dead() == 1
    assert row(job).state == State.CANCELLED


def test_two_sweeps_at_once_count_one_crash(transactional_db: None) -> None:
    job = operations.add(kind="import", label="a shop", spec={}, by="a test")
    claimed(job)
    fallen_silent(job)
    assert sum(future.result() for future in together(*[take_from_the_dead] * 4)) == 1
    assert row(job).crashes == 1


def test_a_message_that_comes_too_early_by_this_clock_is_sent_again(job: Job) -> None:
    """The clock by which it was sent may be ahead of the worker's."""
    now = timezone.now()
    Job.objects.filter(pk=job.pk).update(run_at=now + timedelta(seconds=60), sent_at=now)
    assert claim(job.pk, worker="here:1") is None
    assert row(job).sent_at is None


def test_a_second_message_changes_nothing_of_a_job_that_runs(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(sent_at=timezone.now())
    claimed(job)
    assert claim(job.pk, worker="here:2") is None
    assert row(job).sent_at
