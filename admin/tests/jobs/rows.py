"""Jobs and workers as rows, for what only looks at them."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from jobs import operations
from jobs.models import Job
from processes.models import Process


def a_job(*, kind: str = "import", schedule: str = "", label: str = "the shop", **more: Any) -> Job:
    job = operations.add(kind=kind, label=label, spec={}, by="ada", schedule=schedule)
    Job.objects.filter(pk=job.pk).update(**more)
    job.refresh_from_db()
    return job


def lives(role: str = "worker", *, silent_for: float = 0, **more: Any) -> Process:
    at = timezone.now() - timedelta(seconds=silent_for)
    told = {"host": "here", "pid": 17, "version": "0.1.0", "state": "idle", "said": "0 of 2 processes busy"}
    return Process.objects.create(role=role, started_at=at, since=at, beat_at=at, **told | more)
