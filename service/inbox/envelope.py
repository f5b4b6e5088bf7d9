"""Reads CloudEvents 1.0, tolerantly: unknown fields are ignored, whatever else is wrong has its reason.

The contract is contract/envelope.schema.json. What comes may be from anybody, so every type is bounded.
"""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from config import tracing
from msgspec import Meta

from inbox.models import Reason

NO_NUL = r"^[^\x00]*\Z"
MAX_NUMBER = 2**63 - 1
QUOTED = re.compile(f'"{tracing.TRACEPARENT.pattern}"'.encode())  # as it stands in JSON, which is not decoded for it

Name = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^\x00]+\Z")]
Moment = Annotated[datetime, Meta(tz=True)]
Number = Annotated[int, Meta(ge=1, le=MAX_NUMBER)]


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """What a source received: the raw body, its transport properties, and the name of where it came from.

    `given_up` says why the transport gave up on it. Such a body may be what killed a consumer: it is never parsed.
    """

    body: bytes
    source: str
    properties: dict[str, Any] = {}
    given_up: str = ""


class Envelope(msgspec.Struct, frozen=True, gc=False):
    specversion: Literal["1.0"]
    id: Name
    source: Name
    type: Name
    subject: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,18}\Z")]
    time: Moment
    sequence: Annotated[str, Meta(pattern=r"^[0-9]{20}\Z")]
    data: msgspec.Raw
    datacontenttype: Literal["application/json"] = "application/json"
    traceparent: msgspec.Raw = msgspec.Raw(b"")

    @property
    def trace_id(self) -> str:
        """Empty where there is none, or something else than one: no event is refused over it."""
        found = QUOTED.fullmatch(self.traceparent)
        return found[1].decode() if found else ""


class Head(msgspec.Struct, frozen=True):
    """As much of any event as can be had, to find it again."""

    id: Any = ""
    type: Any = ""
    subject: Any = ""
    traceparent: Any = ""

    @property
    def trace_id(self) -> str:
        return tracing.trace_id(self.traceparent)


class Rejected(Exception):
    """The event cannot be applied; it becomes a dead letter with this reason."""

    def __init__(self, reason: Reason, error: str) -> None:
        super().__init__(error)
        self.reason = reason
        self.error = error


_envelopes = msgspec.json.Decoder(Envelope)
_heads = msgspec.json.Decoder(Head)


def read(body: bytes) -> Envelope:
    """The envelope of `body`. Raises Rejected."""
    try:
        return _envelopes.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise rejected(error) from error


def rejected(error: Exception) -> Rejected:
    """ValidationError is a DecodeError that could at least be read; the other two are not DecodeErrors at all."""
    is_readable = isinstance(error, msgspec.ValidationError)
    return Rejected(Reason.INVALID if is_readable else Reason.UNREADABLE, str(error) or type(error).__name__)


def head(body: bytes) -> Head:
    """Id, type and subject where they can be read, empty where not."""
    try:
        return _heads.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Head()


def about(delivery: Delivery) -> Head:
    """From the body; or from round it, where the body may be what killed a consumer that read it."""
    if not delivery.given_up:
        return head(delivery.body)
    said, headers = delivery.properties, delivery.properties.get("headers")
    traceparent = headers.get("traceparent") if isinstance(headers, dict) else ""
    return Head(id=said.get("message_id"), type=said.get("type"), traceparent=traceparent)
