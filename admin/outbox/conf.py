"""The outbox's knobs: OUTBOX_<NAME> in the environment, with their types, units and defaults."""

from collections.abc import Mapping
from typing import Annotated, Self

import msgspec
from config import knobs
from msgspec import Meta

PREFIX = "OUTBOX_"


class OutboxConf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: Annotated[str, Meta(pattern=r"^[!-~]{1,255}\Z")] = "/lockstep/admin"
    """CloudEvents `source` of every event."""
    type_prefix: Annotated[str, Meta(max_length=100, pattern=r"^[a-z0-9]+(\.[a-z0-9]+)*\Z")] = "lockstep.catalogue"
    """What event types begin with; CloudEvents wants a domain that the publisher owns, in reverse."""
    batch: Annotated[int, Meta(ge=1, le=20000)] = 5000
    """The most events that the relay publishes, and that a pull answers, at a time."""
    linger_seconds: Annotated[float, Meta(ge=0, le=0.2)] = 0.01
    """The least time from one round to the next in a stream of commits; an event that comes later goes at once."""
    lease_seconds: Annotated[int, Meta(ge=3, le=300)] = 10
    """How long a relay stays the active one without a word; a standby takes over after that."""
    poll_seconds: Annotated[float, Meta(ge=0.1, le=60)] = 1.0
    """How often an idle relay looks by itself; a commit wakes it at once, so this matters only when that is lost."""
    retry_max_seconds: Annotated[float, Meta(ge=1, le=3600)] = 10.0
    """The longest wait between two attempts, of one event and of the relay as a whole."""
    confirm_seconds: Annotated[float, Meta(ge=1, le=300)] = 15.0
    """How long the broker may take to confirm a batch before the relay closes the connection and starts anew."""
    hold_after: Annotated[int, Meta(ge=1, le=1000)] = 10
    """Attempts after which an event that the broker refuses as such (too large, say) is held aside."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Raises ImproperlyConfigured for an unknown name or a value out of bounds."""
        return knobs.from_environ(cls, environ, prefix=PREFIX)
