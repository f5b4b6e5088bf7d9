"""What people and schedules do to jobs. Whoever calls keeps the audit."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from jobs import sending
from jobs.errors import NotNow
from jobs.kinds import queue_of
from jobs.models import Job, Line, State

PAGE = 500  # jobs in one transaction
OVER = (State.SUCCEEDED, State.FAILED, State.CANCELLED)


def add(*, kind: str, label: str, spec: Mapping[str, Any], by: str, schedule: str = "") -> Job:
    """The new job, whose message goes out once the open transaction is committed. The caller waits for no broker."""
    job = Job.objects.create(
        kind=kind,
        queue=queue_of(kind),
        label=label[:500],
        spec=dict(spec),
        by=by[:200],
        schedule=schedule[:200],
    )
    transaction.on_commit(partial(sending.send_soon, job.pk), robust=True)
    return job


def cancel(job_id: int, *, by: str) -> Job:
    """A waiting one is cancelled at once, a running one within seconds. Raises Job.DoesNotExist, NotNow."""
    with transaction.atomic():
        job = _locked(job_id)
        if job.state in OVER:
            raise NotNow(f"It has ended: {job.state}.")
        job.is_cancel_asked = True
        if job.state == State.QUEUED:
            job.state, job.finished_at, job.said = State.CANCELLED, timezone.now(), f"Cancelled by {by}."
        job.save(update_fields=["is_cancel_asked", "state", "finished_at", "said"])
        _line(job, f"{by} cancels it.")
    return job


def retry(job_id: int, *, by: str) -> Job:
    """Once more, with all its tries; what it has counted stays. Raises Job.DoesNotExist, NotNow."""
    with transaction.atomic():
        job = _locked(job_id)
        if job.state not in (State.FAILED, State.CANCELLED):
            raise NotNow(
                "It succeeded: ask for a new one to do it once more."
                if job.state == State.SUCCEEDED
                else f"It is {job.state}: cancel it first, or wait for its end."
            )
        job.state, job.said, job.error = State.QUEUED, "", ""
        job.is_cancel_asked, job.tries, job.crashes = False, 0, 0
        job.run_at, job.sent_at, job.finished_at = timezone.now(), None, None
        job.save()
        _line(job, f"{by} lets it be tried again.")
        transaction.on_commit(partial(sending.send_soon, job.pk), robust=True)
    return job


def retry_all(jobs: QuerySet[Job], *, by: str) -> int:
    """Those of them that failed or were cancelled; how many that were."""
    return _each(jobs.filter(state__in=(State.FAILED, State.CANCELLED)), partial(retry, by=by))


def empty(queue: str, *, by: str) -> int:
    """Cancels all that wait in the queue now; those that run go on. How many there were."""
    newest = Job.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    done = 0
    while ids := _cancelled(Job.objects.filter(queue=queue, state=State.QUEUED, pk__lte=newest), by=by):
        done += ids
    return done


def _cancelled(jobs: QuerySet[Job], *, by: str) -> int:
    """Some of these, in one transaction."""
    with transaction.atomic():
        some = list(jobs.select_for_update().order_by("pk")[:PAGE])
        now, said = timezone.now(), f"Cancelled by {by}."
        news = {"state": State.CANCELLED, "is_cancel_asked": True, "finished_at": now, "said": said[:500]}
        Job.objects.filter(pk__in=[job.pk for job in some]).update(**news)
        Line.objects.bulk_create([Line(job=job, attempt=job.token, text=f"{by} cancels it.") for job in some])
    return len(some)


def _each(jobs: QuerySet[Job], act: Any) -> int:
    done = 0
    for job_id in list(jobs.order_by("pk").values_list("pk", flat=True)):
        try:
            act(job_id)
            done += 1
        except (NotNow, Job.DoesNotExist):  # something else was done to it meanwhile
            continue
    return done


def _locked(job_id: int) -> Job:
    return Job.objects.select_for_update().get(pk=job_id)


def _line(job: Job, text: str) -> None:
    Line.objects.create(job=job, attempt=job.token, text=text)
