"""One event followed on its way out: a line each at LOG_LEVEL=DEBUG, spans where OpenTelemetry is on, else nothing."""

import logging
from collections.abc import Iterable
from typing import Any

import msgspec
import structlog
from config import tracing
from django.conf import settings
from django.db import transaction

from outbox.envelope import traceparent
from outbox.outcomes import Outcomes
from outbox.topology import EXCHANGE

log = structlog.get_logger()


class Said(msgspec.Struct, frozen=True):
    """As much of an envelope as a line says."""

    id: str
    type: str
    subject: str
    sequence: str


def written(sealed: Iterable[str]) -> None:
    """Events of the open transaction: once it is committed, each has its line."""
    if log.isEnabledFor(logging.DEBUG):
        lines = [_about(one) for one in sealed]
        transaction.on_commit(lambda: _say("event written", lines), robust=True)


def published(outcomes: Outcomes, *, since: int) -> None:
    """What the broker has confirmed of a batch that was begun at `since` (time.time_ns)."""
    if log.isEnabledFor(logging.DEBUG):
        confirmed = set(outcomes.confirmed)
        _say("event published", [_about(event.payload) for event in outcomes.sent if event.id in confirmed])
    if settings.IS_TRACED and outcomes.sent:
        from config import spans

        spans.batch(
            f"send {EXCHANGE}",
            kind=spans.SENDING,
            since=since,
            parents=(spans.parent(traceparent(event.payload)) for event in outcomes.sent),
            attributes={
                "messaging.system": "rabbitmq",
                "messaging.destination.name": EXCHANGE,
                "messaging.operation.name": "send",
                "messaging.operation.type": "send",
                "messaging.batch.message_count": len(outcomes.sent),
            },
            error=type(outcomes.broken).__name__ if outcomes.broken else "",
        )


def _about(sealed: str) -> dict[str, Any]:
    said = msgspec.json.decode(sealed, type=Said)
    return {
        "event_id": said.id,
        "type": said.type,
        "subject": said.subject,
        "version": int(said.sequence),
        "trace_id": tracing.trace_id(traceparent(sealed)),
    }


def _say(event: str, lines: Iterable[dict[str, Any]]) -> None:
    for line in lines:
        log.debug(event, **line)
