from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, ExpressionWrapper, Max, Q
from django.db.models.functions import Now
from django.utils import timezone

from processes.activity import quantile
from processes.models import Minute, Pause, Process, State

FRESH = timedelta(seconds=20)  # a heartbeat comes every 2 s, later where a broker keeps it waiting
SHOWN = (
    "role", "host", "pid", "version", "address", "state", "since", "said", "beat_at", "started_at", "last_event_at",
)  # fmt: skip


def running(role: str) -> list[dict[str, Any]]:
    """The role's processes that live; where none does, the one that lived last, to tell what became of it."""
    lives = Q(beat_at__gte=ExpressionWrapper(Now() - FRESH, DateTimeField())) & ~Q(state=State.STOPPED)
    mine = Process.objects.filter(role=role)
    fresh = [row | {"is_fresh": True} for row in mine.filter(lives).order_by("id").values(*SHOWN)]
    if fresh:
        return fresh
    return [row | {"is_fresh": False} for row in mine.order_by("-beat_at").values(*SHOWN)[:1]]


def paused(role: str) -> dict[str, Any] | None:
    pause = Pause.objects.filter(role=role).first()
    return {"at": pause.paused_at, "by": pause.by, "reason": pause.reason} if pause else None


def last_event_at(role: str) -> datetime | None:
    """When one of the role's processes last had an event through, whether that one still lives or not."""
    found: datetime | None = Process.objects.filter(role=role).aggregate(at=Max("last_event_at"))["at"]
    return found


def minutes(role: str, *, span: int) -> list[dict[str, Any]]:
    """What was done in the last `span` minutes, by the minute, or by ten of them where it is more than an hour."""
    step = 1 if span <= 60 else 10
    counts: dict[datetime, Counter[str]] = defaultdict(Counter)
    lags: dict[datetime, list[int]] = {}
    rows = Minute.objects.filter(process__role=role, at__gt=timezone.now() - timedelta(minutes=span))
    for at, done, lag in rows.values_list("at", "counts", "lag"):
        start = at.replace(minute=at.minute - at.minute % step)
        counts[start].update(done)
        lags[start] = [a + b for a, b in zip(lags.get(start, [0] * len(lag)), lag, strict=True)]
    return [{"at": at, "counts": dict(counts[at]), "lag": _lag(lags[at])} for at in sorted(counts)]


def _lag(counts: list[int]) -> dict[str, float | None] | None:
    median = quantile(counts, 0.5)
    return None if median is None else {"median": median, "p95": quantile(counts, 0.95)}
