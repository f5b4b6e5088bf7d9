"""The jobs' knobs: JOBS_<NAME> in the environment, with their types, units and defaults."""

from collections.abc import Mapping
from typing import Annotated, Self

import msgspec
from config import knobs
from msgspec import Meta

PREFIX = "JOBS_"


class JobsConf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    seconds: Annotated[int, Meta(ge=1, le=1700)] = 1200
    """The longest that an attempt may take; below RabbitMQ's 30 minutes, after which it takes a message back."""
    lease_seconds: Annotated[int, Meta(ge=3, le=300)] = 10
    """How long a job stays its worker's without a word; then it is another one's."""
    tries: Annotated[int, Meta(ge=1, le=100)] = 5
    """Attempts that may fail for a reason that passes by, before the job has failed."""
    retry_seconds: Annotated[float, Meta(ge=0.1, le=3600)] = 5.0
    """The wait before the second try; each later one is twice as long, up to five minutes."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Raises ImproperlyConfigured for an unknown name or a value out of bounds."""
        return knobs.from_environ(cls, environ, prefix=PREFIX)
