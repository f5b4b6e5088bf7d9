"""Events as CloudEvents 1.0 in structured JSON: contract/envelope.schema.json."""

from typing import Any
from uuid import UUID

import msgspec
from config import tracing
from django.conf import settings
from uuid_utils.compat import uuid7

CONTENT_TYPE = "application/cloudevents+json"
BATCH_CONTENT_TYPE = "application/cloudevents-batch+json"
TRACEPARENT = ',"traceparent":"'
FROM = -len(f'{TRACEPARENT}{"-" * 55}"}}')  # 55 characters, as the contract says


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What the domain says: `action` happened to an aggregate, which now has this version and these data."""

    aggregatetype: str
    aggregateid: str
    action: str
    version: int
    time: str
    data: dict[str, Any]

    @property
    def type(self) -> str:
        return f"{settings.OUTBOX.type_prefix}.{self.aggregatetype}.{self.action}.v1"


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    specversion: str = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: str = "application/json"
    dataschema: str
    sequence: str
    data: dict[str, Any]
    traceparent: str | msgspec.UnsetType  # the last one, where `traceparent` finds it


def seal(event: Event) -> tuple[UUID, str]:
    """The event's new id, and its envelope as JSON text."""
    event_id = uuid7()
    envelope = Envelope(
        id=str(event_id),
        source=settings.OUTBOX.source,
        type=event.type,
        subject=event.aggregateid,
        time=event.time,
        dataschema=f"urn:lockstep:{event.aggregatetype}:v1",
        sequence=f"{event.version:020d}",  # compared as text by CloudEvents, hence the zeros
        data=event.data,
        traceparent=_written(event_id, event) or msgspec.UNSET,
    )
    return event_id, msgspec.json.encode(envelope).decode()


def traceparent(sealed: str) -> str:
    """Of an envelope that `seal` made, without reading it; empty where it has none."""
    is_there = sealed[FROM : FROM + len(TRACEPARENT)] == TRACEPARENT and sealed.endswith('"}')
    return sealed[FROM + len(TRACEPARENT) : -2] if is_there else ""


def _written(event_id: UUID, event: Event) -> str:
    """The request's own where there are no spans; a command has none then, and so has its event."""
    if not settings.IS_TRACED:
        return tracing.current()
    from config import spans

    about = {"messaging.message.id": str(event_id), "lockstep.subject": event.aggregateid}
    return spans.created(f"create {event.aggregatetype}.{event.action}", about | {"lockstep.version": event.version})
