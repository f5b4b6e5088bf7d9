from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from config import tracing
from django.conf import settings
from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils import timezone

from outbox.models import OutboxEvent, Reason

LISTED = 100  # of one product's events


class Head(msgspec.Struct, frozen=True):
    """As much of a stored envelope as people want to see in a list."""

    subject: str = ""
    sequence: str = ""
    traceparent: str = ""

    @property
    def trace_id(self) -> str:
        return tracing.trace_id(self.traceparent)


def head(payload: str) -> Head:
    return msgspec.json.decode(payload, type=Head)


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
    """By aggregate, without those that have nothing waiting: since when the oldest event waits, and what went wrong.

    The database sums up: while the broker is away, one product may have any number of events here.
    """
    if not aggregateids:
        return {}
    rows = OutboxEvent.objects.filter(aggregatetype=aggregatetype, aggregateid__in=aggregateids)
    sums = list(
        rows.order_by()
        .values_list("aggregateid")
        .annotate(
            since=Min("created_at"),
            held=Count("held_at"),
            reason=Max("id", filter=~Q(reason="")),
            error=Max("id", filter=~Q(last_error="")),
        )
    )
    newest = {id for *_, reason, error in sums for id in (reason, error) if id}
    said = OutboxEvent.objects.filter(id__in=newest).values_list("id", "reason", "last_error") if newest else ()
    reasons, errors = ({id: row[place] for id, *row in said} for place in (0, 1))
    return {
        aggregateid: Waiting(
            since=since, reason=reasons.get(reason, ""), last_error=errors.get(error, ""), is_held=held > 0
        )
        for aggregateid, since, held, reason, error in sums
    }


def summary() -> dict[str, Any]:
    """How many events wait and why, since when the oldest one of them does, and since when the oldest held one is held.

    `waiting` counts all that go out by themselves: those that came back, with their reason, are among them.
    """
    goes = Q(held_at=None)
    by_reason = {reason.value: Count("id", filter=goes & Q(reason=reason)) for reason in Reason}
    found = OutboxEvent.objects.aggregate(
        waiting=Count("id", filter=goes), held=Count("held_at"), held_since=Min("held_at"), **by_reason
    )
    oldest = OutboxEvent.objects.filter(goes).order_by("id").values_list("created_at", flat=True).first()
    return {**found, "oldest_at": oldest}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events are meant; what is left out asks for nothing. The age is since they were written."""

    ids: Sequence[int] = ()
    reason: str = ""
    held: bool = False
    product: str = ""
    type: str = ""
    older_than: timedelta | None = None

    @property
    def is_everything(self) -> bool:
        return not self.ids and self == Wanted(ids=self.ids)

    @property
    def events(self) -> QuerySet[OutboxEvent]:
        found = Q()
        if self.ids:
            found &= Q(id__in=self.ids)
        if self.reason:
            found &= Q(reason=self.reason)
        if self.held:
            found &= Q(held_at__isnull=False)
        if self.product:
            found &= Q(aggregatetype="product", aggregateid=self.product)
        if self.type:
            found &= Q(type__in=[self.type, f"{settings.OUTBOX.type_prefix}.{self.type}"])
        if self.older_than is not None:
            found &= Q(created_at__lt=timezone.now() - self.older_than)
        return OutboxEvent.objects.filter(found).order_by("id")


def waiting_events(*, aggregatetype: str, aggregateid: str) -> list[dict[str, Any]]:
    """The newest events of one aggregate that are still here, oldest first."""
    rows = OutboxEvent.objects.filter(aggregatetype=aggregatetype, aggregateid=aggregateid).order_by("-id")[:LISTED]
    return [shown(row) for row in rows][::-1]


def shown(row: OutboxEvent) -> dict[str, Any]:
    """As people and programs see an event that waits."""
    found = head(row.payload)
    return {
        "event_id": str(row.event_id),
        "type": row.type,
        "version": int(found.sequence or 0),
        "written_at": row.created_at,
        "attempts": row.attempts,
        "next_attempt_at": row.next_attempt_at,
        "reason": row.reason,
        "last_error": row.last_error,
        "held_at": row.held_at,
        "trace_id": found.trace_id,
    }
