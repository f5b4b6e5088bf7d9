"""What became of each event of a batch, for whoever listens: `manage.py tail`."""

import contextlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from processes import live

from inbox.envelope import Delivery, Rejected
from inbox.routing import Apply, Change, Outcome

LONGEST = 200  # of a text of others
Read = tuple[Apply, Change] | Rejected


class About(msgspec.Struct, frozen=True):
    """As much as can be had of an event that may be no event at all."""

    id: Any = ""
    type: Any = ""
    subject: Any = ""
    sequence: Any = ""
    traceparent: Any = ""


def processed(reads: Iterable[tuple[Delivery, Read]], outcomes: Sequence[Outcome], *, now: float) -> None:
    """Costs time only while somebody listens: ask `live.is_heard` before."""
    at = datetime.fromtimestamp(now, UTC).isoformat()
    for (delivery, read), outcome in zip(reads, outcomes, strict=True):
        live.tell({"at": at, "outcome": outcome.value, **_about(delivery), **_lag_or_reason(read, now)})


def _lag_or_reason(read: Read, now: float) -> dict[str, Any]:
    if isinstance(read, Rejected):
        return {"reason": read.reason.value, "error": read.error[:LONGEST]}
    return {"lag_seconds": round(max(0.0, now - read[1].at.timestamp()), 4)}


def _about(delivery: Delivery) -> dict[str, Any]:
    """A body that the broker gave up on is not read: it may be what killed a consumer."""
    about = About()
    if not delivery.given_up:
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            about = msgspec.json.decode(delivery.body, type=About)
    return {
        "event_id": _text(about.id or delivery.properties.get("message_id")),
        "type": _text(about.type or delivery.properties.get("type")),
        "product": _text(about.subject),
        "version": _text(about.sequence).lstrip("0"),
        "trace_id": _text(about.traceparent)[3:35],
    }


def _text(value: Any) -> str:
    return value[:LONGEST] if isinstance(value, str) else ""
