"""Who has which job: claimed, finished, put back. Each is one guarded UPDATE, so that two never have the same."""

import random
from datetime import timedelta
from typing import Any

from config.printable import printable, printable_lines
from django.conf import settings
from django.db import connection, transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from processes.models import Pause

from jobs.models import Job, Line, State
from jobs.roles import WORKER
from jobs.runs import LONGEST_LINE, Run

LONGEST_WAIT = 300.0  # seconds between two tries
MOST_CRASHES = 3


def claim(job_id: int, *, worker: str) -> Run | None:
    """The attempt, which is this worker's now; None where there is none to make: another one has it, it is done, too
    early, or all is paused. Whatever is to be done later gets another message then."""
    if Pause.objects.filter(role=WORKER).exists():
        Job.objects.filter(pk=job_id, state=State.QUEUED).update(sent_at=None)
        return None
    with transaction.atomic():
        waiting = Job.objects.filter(pk=job_id, state=State.QUEUED, run_at__lte=timezone.now())
        mine = waiting.update(
            state=State.RUNNING,
            token=F("token") + 1,
            worker=worker[:255],
            started_at=timezone.now(),
            finished_at=None,
            beat_at=Now(),
            done=0,
            total=None,
            said="",
            error="",
        )
        if not mine:
            # Too early by this clock, maybe, which is not the one that its message went out by.
            Job.objects.filter(pk=job_id, state=State.QUEUED, run_at__gt=timezone.now()).update(sent_at=None)
            return None
        run = Run(Job.objects.get(pk=job_id))
    run.note(f"Attempt {run.job.token} begins on {worker}.")
    return run


def finish(run: Run, state: State, said: str, *, error: str = "", level: str = Line.Level.INFO) -> bool:
    """Whether it was still this attempt's to end."""
    run.note(said, level)
    return _end(run, state=state, said=said, error=error, finished_at=timezone.now())


def put_back(run: Run, why: str, *, is_failure: bool) -> bool:
    """For another attempt: after a while where this one has failed, at once where it was only interrupted."""
    tries = run.job.tries + is_failure
    wait = 0.0
    if is_failure:
        wait = min(settings.JOBS.retry_seconds * 2 ** (tries - 1), LONGEST_WAIT) * random.uniform(0.5, 1.0)
        why = f"{why} Try {tries + 1} of {settings.JOBS.tries} follows in {wait:.0f} s."
    run.note(why, Line.Level.WARNING if is_failure else Line.Level.INFO)
    return _end(
        run,
        state=State.QUEUED,
        said=why,
        tries=tries,
        sent_at=None,
        run_at=timezone.now() + timedelta(seconds=wait),
    )


def take_from_the_dead() -> int:
    """Puts back what a worker had that fell silent, and parks what did so to three of them; how many there were."""
    return sum(_take(job_id) for job_id in list(_silent().values_list("pk", flat=True)))


def _take(job_id: int) -> int:
    """The lock is for those who sweep at the same time; a worker that writes just now is alive, and has it."""
    can_skip = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        job = _silent().select_for_update(skip_locked=can_skip).filter(pk=job_id).first()
        if job is None:
            return 0
        job.crashes += 1
        said = f"Worker {job.worker} fell silent in attempt {job.token}: it was killed, or ran out of memory."
        job.state, job.run_at, job.sent_at = State.QUEUED, timezone.now(), None
        if job.is_cancel_asked:
            job.state, job.finished_at = State.CANCELLED, timezone.now()
        elif job.crashes >= MOST_CRASHES:
            said += f" Parked, since it happened {job.crashes} times: retry it when you know why."
            job.state, job.finished_at = State.FAILED, timezone.now()
        job.said = said[:500]
        job.save(update_fields=["crashes", "state", "run_at", "sent_at", "finished_at", "said"])
        Line.objects.create(job=job, attempt=job.token, level=Line.Level.ERROR, text=said[:LONGEST_LINE])
    return 1


def _silent() -> QuerySet[Job]:
    """Running, as their rows say, and without a word for so long; by the database's clock."""
    limit = ExpressionWrapper(Now() - timedelta(seconds=settings.JOBS.lease_seconds), DateTimeField())
    return Job.objects.filter(state=State.RUNNING, beat_at__lt=limit)


def _end(run: Run, **news: Any) -> bool:
    with transaction.atomic():
        lines, told = run.take()
        if news["state"] == State.QUEUED and run.mine().filter(is_cancel_asked=True).exists():
            news |= {"state": State.CANCELLED, "said": "Cancelled.", "finished_at": timezone.now()}
        news["said"] = printable(news["said"])[:500]
        if "error" in news:
            news["error"] = printable_lines(news["error"].encode(errors="backslashreplace"))
        if not run.mine().update(**told | news | {"counts": dict(run.counts)}):
            return False
        Line.objects.bulk_create(lines)
    return True
