"""What tests of jobs look at."""

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from jobs.claims import claim
from jobs.models import Job
from jobs.runs import Run


def row(job: Job) -> Job:
    """As it is in the database now."""
    return Job.objects.get(pk=job.pk)


def lines(job: Job) -> list[str]:
    return list(job.lines.values_list("text", flat=True))


def claimed(job: Job, *, worker: str = "here:1") -> Run:
    run = claim(job.pk, worker=worker)
    assert run is not None
    return run


def fallen_silent(job: Job, **more: Any) -> None:
    """Its worker's last word was long ago."""
    Job.objects.filter(pk=job.pk).update(beat_at=Now() - timedelta(seconds=60), **more)
