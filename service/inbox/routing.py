"""From an event's type to what applies it. The table itself belongs to the project: settings.INBOX_ROUTES."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import msgspec
from django.conf import settings
from django.utils.module_loading import import_string

from inbox.envelope import MAX_NUMBER, Envelope, Rejected, rejected
from inbox.models import Reason


class Outcome(StrEnum):
    """What happened to one event."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"  # the copy holds this version
    STALE = "stale"  # the copy, or a later event of the same batch, is newer
    REJECTED = "rejected"  # it became a dead letter


class Data(Protocol):
    """What every payload says of itself."""

    @property
    def id(self) -> int: ...

    @property
    def version(self) -> int: ...


class Change(msgspec.Struct, frozen=True, gc=False):
    """A readable event: this aggregate has this version now, or is deleted as of it; by which trace, if it is known."""

    data: Any
    is_deletion: bool
    at: datetime
    trace_id: str = ""


Apply = Callable[[Sequence[Change]], Sequence[Outcome]]
Current = Callable[[int], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Route:
    """`data` is the payload's msgspec type; `apply` applies changes, within the caller's transaction.

    `current` gives the copy's row of an aggregate, its version among it, for people to look at.
    """

    data: type[Data]
    apply: Apply
    is_deletion: bool = False
    current: Current = lambda _: None


class Router:
    def __init__(self) -> None:
        routes: Mapping[str, Route] = import_string(settings.INBOX_ROUTES)
        prefix = settings.INBOX.type_prefix
        self._routes = {f"{prefix}.{name}": (route, msgspec.json.Decoder(route.data)) for name, route in routes.items()}

        # By what an event is about: lockstep.catalogue.product, whichever action and major version follow.
        self._currents = {_about(event_type): route.current for event_type, (route, _) in self._routes.items()}

    def current(self, *, event_type: str, subject: str) -> Mapping[str, Any] | None:
        """The copy's row of what an event is about, None where there is none or it cannot be told."""
        if not re.fullmatch(r"[1-9][0-9]{0,18}", subject) or int(subject) > MAX_NUMBER:
            return None
        found = self._currents.get(_about(event_type))
        return found(int(subject)) if found else None

    def resolve(self, envelope: Envelope) -> tuple[Apply, Change]:
        """Which function applies the event, and the change it makes. Raises Rejected."""
        if (found := self._routes.get(envelope.type)) is None:
            known = ", ".join(sorted(self._routes))
            raise Rejected(Reason.UNKNOWN_TYPE, f"{envelope.type} is handled by nothing here; known are {known}")
        route, decoder = found
        try:
            data = decoder.decode(envelope.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise rejected(error) from error
        if envelope.subject != str(data.id):
            raise Rejected(Reason.INVALID, f"subject {envelope.subject} and data.id {data.id} differ")
        if int(envelope.sequence) != data.version:
            raise Rejected(Reason.INVALID, f"sequence {envelope.sequence} and data.version {data.version} differ")
        change = Change(data=data, is_deletion=route.is_deletion, at=envelope.time, trace_id=envelope.trace_id)
        return route.apply, change


def _about(event_type: str) -> str:
    return ".".join(event_type.split(".")[:-2])
