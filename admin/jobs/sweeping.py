"""Makes good what went wrong: jobs whose worker fell silent, jobs without a message, and what is too old to keep."""

import time
from datetime import timedelta

from django.utils import timezone

from jobs import claims, sending
from jobs.models import Job, State

MOST = 500  # messages in one sweep
OLDEST = 20
KEPT = timedelta(days=30)
PRUNE_SECONDS = 3600.0
PRUNED = 1000  # jobs at a time
_pruned_at = float("-inf")


def sweep() -> None:
    """Raises django.db.Error, and what the transport raises."""
    claims.take_from_the_dead()
    for job_id in _unsent():
        sending.send(job_id)
    _prune()


def _unsent() -> list[int]:
    """Those that had no message yet; and of the others the oldest, since what waits behind these is not lost."""
    unsent = sending.unsent()
    never = list(unsent.filter(sent_at=None).values_list("pk", flat=True)[:MOST])
    waiting = Job.objects.filter(state=State.QUEUED, run_at__lte=timezone.now()).order_by("id")
    oldest = list(waiting.values_list("pk", flat=True)[:OLDEST])
    return never + list(unsent.filter(pk__in=oldest).exclude(sent_at=None).values_list("pk", flat=True))


def _prune() -> None:
    """Now and then, what ended long ago."""
    global _pruned_at
    if time.monotonic() - _pruned_at < PRUNE_SECONDS:
        return
    _pruned_at = time.monotonic()
    old = Job.objects.filter(finished_at__lt=timezone.now() - KEPT).values_list("pk", flat=True)
    while ids := list(old[:PRUNED]):
        Job.objects.filter(pk__in=ids).delete()
