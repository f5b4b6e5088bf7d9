"""What the broker said of each event of a batch, for whoever listens: `manage.py tail`."""

from datetime import UTC, datetime
from typing import Any

from processes import live

from outbox import queries
from outbox.batches import Claimed
from outbox.outcomes import Outcomes

PUBLISHED = "published"


def settled(outcomes: Outcomes) -> None:
    """Costs time only while somebody listens: ask `live.is_heard` before."""
    now = datetime.now(UTC)
    confirmed = set(outcomes.confirmed)
    for event in outcomes.sent:
        reason = outcomes.failed.get(event.id)
        if event.id in confirmed or reason:
            live.tell(_line(event, now) | {"outcome": reason.value if reason else PUBLISHED})


def _line(event: Claimed, now: datetime) -> dict[str, Any]:
    head = queries.head(event.payload)
    return {
        "at": now.isoformat(),
        "event_id": str(event.event_id),
        "type": event.type,
        "product": head.subject,
        "version": head.sequence.lstrip("0"),
        "trace_id": head.trace_id,
        "lag_seconds": round(max(0.0, (now - event.created_at).total_seconds()), 4),
    }
