"""The inbox's knobs: INBOX_<NAME> in the environment, with their types, units and defaults."""

from collections.abc import Mapping
from typing import Annotated, Self

import msgspec
from django.core.exceptions import ImproperlyConfigured
from msgspec import Meta

PREFIX = "INBOX_"


class InboxConf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type_prefix: Annotated[str, Meta(pattern=r"^[a-z0-9]+(\.[a-z0-9]+)*\Z")] = "lockstep.catalogue"
    """What admin's event types begin with: its OUTBOX_TYPE_PREFIX."""
    batch: Annotated[int, Meta(ge=1, le=5000)] = 500
    """The most events applied in one transaction; twice as many are kept in flight from the broker."""
    linger_seconds: Annotated[float, Meta(ge=0, le=1)] = 0.01
    """Until how long after the one before a batch that is not full waits for more; a later event is taken at once."""
    retry_max_seconds: Annotated[float, Meta(ge=1, le=3600)] = 10.0
    """The longest wait between two attempts to reach the broker, admin or the database."""
    hold_seconds: Annotated[float, Meta(ge=1, le=900)] = 90.0
    """How long a batch is held while the database is down, before it goes back to the broker."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Raises ImproperlyConfigured for an unknown name or a value out of bounds."""
        values = {k.removeprefix(PREFIX).lower(): v for k, v in environ.items() if k.startswith(PREFIX)}
        try:
            return msgspec.convert(values, cls, strict=False)
        except msgspec.ValidationError as error:
            known = ", ".join(PREFIX + name.upper() for name in cls.__struct_fields__)
            raise ImproperlyConfigured(f"{PREFIX}* in the environment: {error}. Known names: {known}.") from error
