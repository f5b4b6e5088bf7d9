"""An app's knobs: <PREFIX><NAME> in the environment, with the types, bounds and defaults of its struct."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from django.core.exceptions import ImproperlyConfigured

Conf = TypeVar("Conf", bound=msgspec.Struct)


def from_environ(cls: type[Conf], environ: Mapping[str, str], *, prefix: str) -> Conf:
    """Raises ImproperlyConfigured for an unknown name or a value out of bounds."""
    values = {k.removeprefix(prefix).lower(): v for k, v in environ.items() if k.startswith(prefix)}
    try:
        return msgspec.convert(values, cls, strict=False)
    except msgspec.ValidationError as error:
        known = ", ".join(prefix + name.upper() for name in cls.__struct_fields__)
        raise ImproperlyConfigured(f"{prefix}* in the environment: {error}. Known names: {known}.") from error
