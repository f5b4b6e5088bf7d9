"""Works many letters from pages: a run goes on for two seconds with each request, and its row tells how far it is.

So no web process is held, and a run whose page was closed stands still and can be gone on with. What is retried goes
through the version guard, so two runs at once, or one request twice, do no harm.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import msgspec
from config.databases import explain
from django.db import Error
from django.db.models import Q, QuerySet
from django.utils import timezone

from inbox import queries, retrying
from inbox.models import Action, DeadLetter, Reason, Run
from inbox.queries import Wanted
from inbox.retrying import GONE, Retrier
from inbox.transactions import DatabaseUnavailable

STEP_SECONDS = 2.0
BUSY_SECONDS = 20  # then the request that works at it is taken for dead; if it is not, the two do no harm
PAGE = 50  # letters between two looks at whether somebody has stopped it


def meant(*, action: str, wanted: Wanted) -> QuerySet[DeadLetter]:
    """Those that a run would work.

    Never what the broker gave up on, to be retried: it is tried to death in a process that only does that, the command
    line's, and not in one that answers everybody.
    """
    return wanted.letters.exclude(reason=Reason.GIVEN_UP) if action == Action.RETRY else wanted.letters


def begin(
    *, id: UUID, action: str, wanted: Wanted, newest: int, by: str, why: str = "", is_rehearsal: bool = False
) -> bool:
    """Whether it begins now: False where the run with this id is there already.

    `newest` was the newest letter when somebody was asked: what has come since they have not seen, and do not mean.
    """
    now = timezone.now()
    fixed = replace(wanted, now=now)
    letters = meant(action=action, wanted=fixed).filter(id__lte=newest)
    _, is_new = Run.objects.get_or_create(
        id=id,
        defaults={
            "action": action,
            "is_rehearsal": is_rehearsal,
            "wanted": msgspec.to_builtins(fixed),
            "why": why,
            "by": by,
            "started_at": now,
            "newest": queries.newest_of(letters),
            "total": letters.count(),
        },
    )
    return is_new


def wanted_by(run: Run) -> Wanted:
    return msgspec.convert(run.wanted, Wanted)


def is_over(run: Run) -> bool:
    """Nothing is left to do, or somebody has stopped it."""
    return run.is_stopped or run.after >= run.newest


def work(run_id: UUID, *, seconds: float = STEP_SECONDS) -> None:
    """Goes on with it for so long, unless another request does. Raises django.db.Error where it cannot say how far."""
    deadline = time.monotonic() + seconds
    if not _claim(run_id):
        return
    run = Run.objects.get(id=run_id)
    run.said = ""
    try:
        _go_on(run, deadline)
    except DatabaseUnavailable as error:
        run.said = str(error)
    except Error as error:
        run.said = explain(error)
    run.busy_until = None
    run.save(update_fields=["after", "counts", "said", "busy_until"])


def stop(run_id: UUID) -> None:
    """The request that works at it ends with its current letters."""
    Run.objects.filter(id=run_id, finished_at=None).update(is_stopped=True)


def finish(run_id: UUID) -> bool:
    """Whether it is finished by this call: of several, one is the first."""
    return bool(Run.objects.filter(id=run_id, finished_at=None).update(finished_at=timezone.now()))


def _claim(run_id: UUID) -> bool:
    now = timezone.now()
    is_free = Q(busy_until=None) | Q(busy_until__lt=now)
    free = Run.objects.filter(is_free, id=run_id, finished_at=None, is_stopped=False)
    return bool(free.update(busy_until=now + timedelta(seconds=BUSY_SECONDS)))


def _go_on(run: Run, deadline: float) -> None:
    do, counts = _worker(run), Counter(run.counts)
    letters = meant(action=run.action, wanted=wanted_by(run)).filter(id__lte=run.newest).order_by("id")
    while ids := list(letters.filter(id__gt=run.after).values_list("id", flat=True)[:PAGE]):
        for letter_id in ids:
            letter = DeadLetter.objects.filter(id=letter_id).first()
            counts[do(letter) if letter else GONE] += 1
            run.after, run.counts = letter_id, dict(counts)
            if time.monotonic() > deadline:
                return
        if Run.objects.filter(id=run.id, is_stopped=True).exists():
            return
    run.after = run.newest


def _worker(run: Run) -> Callable[[DeadLetter], str]:
    """What is done to one letter, and its outcome."""
    if run.action == Action.DISCARD:
        return _discard
    retrier = Retrier(may_kill=False)
    if run.is_rehearsal:
        return lambda letter: retrier.foresee(letter).outcome
    return lambda letter: retrier.retry(letter).outcome


def _discard(letter: DeadLetter) -> str:
    return "discarded" if retrying.discard(letter) else GONE
