"""What became of each event of a batch, for whoever listens: `manage.py tail`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from processes import live

from inbox.envelope import Delivery, Rejected, about
from inbox.routing import Outcome

if TYPE_CHECKING:
    from inbox.processor import Item

LONGEST = 200  # of a text of others


def processed(items: Sequence["Item"], outcomes: Sequence[Outcome], *, now: float) -> None:
    """Costs time only while somebody listens: ask `live.is_heard` before."""
    at = datetime.fromtimestamp(now, UTC).isoformat()
    for item, outcome in zip(items, outcomes, strict=True):
        line = {"at": at, "outcome": outcome.value, "version": "", **_about(item.delivery)}
        if isinstance(item.read, Rejected):
            line |= {"reason": item.read.reason.value, "error": item.read.error[:LONGEST]}
        else:
            change = item.read[1]
            line |= {
                "version": str(change.data.version),
                "lag_seconds": round(max(0.0, now - change.at.timestamp()), 4),
            }
        live.tell(line)


def _about(delivery: Delivery) -> dict[str, Any]:
    found = about(delivery)
    texts = {"event_id": found.id, "type": found.type, "product": found.subject, "trace_id": found.trace_id}
    return {name: text[:LONGEST] if isinstance(text, str) else "" for name, text in texts.items()}
