"""One event followed to its end: a line each at LOG_LEVEL=DEBUG, spans where OpenTelemetry is on, else nothing."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import structlog
from config.printable import printable
from django.conf import settings

from inbox.envelope import Head, Rejected, about
from inbox.routing import Outcome

if TYPE_CHECKING:
    from inbox.processor import Item

log = structlog.get_logger()
Followed = tuple[Head, Outcome, int | None]  # and its version


def processed(items: Sequence["Item"], outcomes: Sequence[Outcome], *, since: int) -> None:
    """What became of a batch, now that it is committed; begun at `since` (time.time_ns)."""
    is_said = log.isEnabledFor(logging.DEBUG)
    if items and (settings.IS_TRACED or is_said):
        pairs = zip(items, outcomes, strict=True)
        followed = [(about(item.delivery), outcome, _version(item)) for item, outcome in pairs]
        if is_said:
            _say(followed)
        if settings.IS_TRACED:
            _trace(items[0].delivery.source, followed, since)


def _version(item: "Item") -> int | None:
    return None if isinstance(item.read, Rejected) else item.read[1].data.version


def _say(followed: Sequence[Followed]) -> None:
    for found, outcome, version in followed:
        line = {"event_id": found.id, "type": found.type, "subject": found.subject}
        said = {name: printable(str(value)) for name, value in line.items()}
        log.debug("event processed", outcome=outcome.value, version=version, trace_id=found.trace_id, **said)


def _trace(source: str, followed: Sequence[Followed], since: int) -> None:
    from config import spans

    system, _, queue = source.partition(":")
    name = f"process {queue}"
    shared: dict[str, Any] = {
        "messaging.system": "rabbitmq" if system == "amqp" else "lockstep",
        "messaging.destination.name": queue,
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
    }
    parents = [spans.parent(found.traceparent if found.trace_id else "") for found, _, _ in followed]
    count = {"messaging.batch.message_count": len(followed)}
    batch = spans.batch(name, kind=spans.PROCESSING, since=since, parents=parents, attributes=shared | count)
    for event, parent in zip(followed, parents, strict=True):
        if spans.is_followed(parent):
            error = "rejected" if event[1] is Outcome.REJECTED else ""
            known = shared | _known(*event)
            spans.followed(name, parent=parent, of=batch, since=since, attributes=known, error=error)


def _known(found: Head, outcome: Outcome, version: int | None) -> dict[str, Any]:
    known = {"messaging.message.id": str(found.id), "lockstep.subject": str(found.subject)}
    return known | {"lockstep.outcome": outcome.value} | ({"lockstep.version": version} if version is not None else {})
