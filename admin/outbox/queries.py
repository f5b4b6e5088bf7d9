from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from outbox.models import OutboxEvent


def bounds() -> tuple[int, int]:
    """The ids of the oldest event that goes out by itself (held ones do not) and of the newest; 0: there is none."""
    oldest = OutboxEvent.objects.filter(held_at=None).order_by("id").values_list("id", flat=True).first()
    return oldest or 0, OutboxEvent.objects.aggregate(newest=Max("id"))["newest"] or 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """The events of one aggregate that are not delivered yet, in short."""

    since: datetime
    reason: str
    last_error: str
    is_held: bool


def waiting(*, aggregatetype: str, aggregateids: Collection[str]) -> dict[str, Waiting]:
    """By aggregate, without those that have nothing waiting: since when the oldest event waits, and what went wrong."""
    if not aggregateids:
        return {}
    found: dict[str, Waiting] = {}
    rows = OutboxEvent.objects.filter(aggregatetype=aggregatetype, aggregateid__in=aggregateids).order_by("id")
    for row in rows.defer("payload"):
        oldest = found.get(row.aggregateid)
        found[row.aggregateid] = Waiting(
            since=oldest.since if oldest else row.created_at,
            reason=row.reason or (oldest.reason if oldest else ""),
            last_error=row.last_error or (oldest.last_error if oldest else ""),
            is_held=row.held_at is not None or (oldest is not None and oldest.is_held),
        )
    return found
