"""Who has which job: claimed, finished, put back. Each is one guarded UPDATE, so that two never have the same."""

import random
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from processes.models import Pause

from jobs.models import Job, Line, State
from jobs.runs import LONGEST_LINE, Run

ROLE = "worker"  # of the pause
LONGEST_WAIT = 300.0  # seconds between two tries
MOST_CRASHES = 3


def claim(job_id: int, *, worker: str) -> Run | None:
    """The attempt, which is this worker's now; None where there is none to make: another one has it, it is done, too
    early, or all is paused. Whatever is to be done later gets another message then."""
    if Pause.objects.filter(role=ROLE).exists():
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
    silent = timezone.now() - timedelta(seconds=settings.JOBS.lease_seconds)
    found = Job.objects.filter(state=State.RUNNING, beat_at__lt=silent).values_list("pk", "token")
    return sum(_take(pk, token) for pk, token in list(found))


def _take(pk: int, token: int) -> int:
    silent = Now() - timedelta(seconds=settings.JOBS.lease_seconds)
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=pk, token=token, state=State.RUNNING).first()
        if job is None:
            return 0
        crashes = job.crashes + 1
        said = f"Worker {job.worker} fell silent in attempt {token}: it was killed, or ran out of memory."
        news = {"state": State.QUEUED, "crashes": crashes, "sent_at": None, "run_at": timezone.now()}
        if job.is_cancel_asked:
            news |= {"state": State.CANCELLED, "finished_at": timezone.now()}
        elif crashes >= MOST_CRASHES:
            said += f" Parked, since it happened {crashes} times: retry it when you know why."
            news |= {"state": State.FAILED, "finished_at": timezone.now()}
        still = Job.objects.filter(pk=pk, token=token, state=State.RUNNING, beat_at__lt=silent)
        if not still.update(said=said[:500], **news):
            return 0
        Line.objects.create(job_id=pk, attempt=token, level=Line.Level.ERROR, text=said[:LONGEST_LINE])
    return 1


def _end(run: Run, **news: object) -> bool:
    with transaction.atomic():
        lines, told = run.take()
        if not run.mine().update(**told | news | {"counts": dict(run.counts), "said": str(news["said"])[:500]}):
            return False
        Line.objects.bulk_create(lines)
    return True
