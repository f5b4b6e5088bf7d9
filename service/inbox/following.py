"""One event followed to its end: a line each at LOG_LEVEL=DEBUG, spans where OpenTelemetry is on, else nothing."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings

from inbox.envelope import Head, Rejected, about
from inbox.printable import printable
from inbox.routing import Apply, Outcome

if TYPE_CHECKING:
    from inbox.processor import Item

log = structlog.get_logger()


def processed(items: Sequence["Item"], outcomes: Mapping[Apply, Sequence[Outcome]], *, since: int) -> None:
    """What became of a batch, now that it is committed; begun at `since` (time.time_ns)."""
    if items and (settings.IS_TRACED or log.isEnabledFor(logging.DEBUG)):
        followed = [(about(item.delivery), *each) for item, each in zip(items, _each(items, outcomes), strict=True)]
        for found, outcome, version in followed:
            line = {"event_id": found.id, "type": found.type, "subject": found.subject}
            said = {name: printable(str(value)) for name, value in line.items()}
            log.debug("event processed", outcome=outcome.value, version=version, trace_id=found.trace_id, **said)
        if settings.IS_TRACED:
            _trace(items[0].delivery.source, followed, since)


def _each(items: Sequence["Item"], outcomes: Mapping[Apply, Sequence[Outcome]]) -> Iterator[tuple[Outcome, int | None]]:
    """Outcome and version of each, in their order: outcomes come in the order of the changes that one function got."""
    waiting = {apply: iter(group) for apply, group in outcomes.items()}
    for item in items:
        if isinstance(item.read, Rejected):
            yield Outcome.REJECTED, None
        else:
            apply, change = item.read
            yield next(waiting[apply]), change.data.version


def _trace(source: str, followed: Sequence[tuple[Head, Outcome, int | None]], since: int) -> None:
    from config import spans

    system, _, queue = source.partition(":")
    shared: dict[str, Any] = {
        "messaging.system": "rabbitmq" if system == "amqp" else "lockstep",
        "messaging.destination.name": queue,
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
    }
    parents = [found.traceparent if found.trace_id else "" for found, _, _ in followed]
    count = {"messaging.batch.message_count": len(followed)}
    name = f"process {queue}"
    batch = spans.batch(name, kind=spans.PROCESSING, since=since, parents=parents, attributes=shared | count)
    for (found, outcome, version), parent in zip(followed, parents, strict=True):
        known: dict[str, Any] = {"messaging.message.id": str(found.id), "lockstep.subject": str(found.subject)}
        known["lockstep.outcome"] = outcome.value
        if version is not None:
            known["lockstep.version"] = version
        error = "rejected" if outcome is Outcome.REJECTED else ""
        spans.followed(name, parent=parent, of=batch, since=since, attributes=shared | known, error=error)
