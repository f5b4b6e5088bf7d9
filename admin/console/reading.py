"""JSON of the other side, which may be another version, read without trust: what is missing or odd is None or empty."""

import math
from dataclasses import fields
from datetime import datetime, timedelta
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from console.words import moment

LONGEST = 500  # characters of any text
MOST = 200  # items of any list
LARGEST = 2**63

T = TypeVar("T")


def read(kind: type[T], raw: Any, *, shift: timedelta = timedelta()) -> T:
    """A dataclass from a JSON object: each field by its name and annotation. `shift` is added to each moment."""
    found = raw if isinstance(raw, dict) else {}
    hints = get_type_hints(kind)
    return kind(**{field.name: _value(hints[field.name], found.get(field.name), shift) for field in fields(kind)})  # type: ignore[arg-type]


def _value(wanted: Any, raw: Any, shift: timedelta) -> Any:
    if isinstance(wanted, UnionType):
        (inner,) = set(get_args(wanted)) - {NoneType}
        return _perhaps(inner, raw, shift)
    match get_origin(wanted) or wanted:
        case found if found is dict:
            return _counts(raw)
        case found if found is list:
            (inner,) = get_args(wanted)
            items = raw[:MOST] if isinstance(raw, list) else []
            return [read(inner, item, shift=shift) for item in items if isinstance(item, dict)]
        case found if found is bool:
            return raw is True
        case found if found is str:
            return raw[:LONGEST] if isinstance(raw, str) else ""
    return _whole(raw) or 0


def _perhaps(wanted: Any, raw: Any, shift: timedelta) -> Any:
    if wanted is int:
        return _whole(raw)
    if wanted is float:
        return _real(raw)
    if wanted is datetime:
        return _moment(raw, shift)
    return read(wanted, raw, shift=shift) if isinstance(raw, dict) else None


def _whole(raw: Any) -> int | None:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < LARGEST else None


def _real(raw: Any) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 <= raw < LARGEST:
        return None
    return float(raw) if math.isfinite(raw) else None


def _moment(raw: Any, shift: timedelta) -> datetime | None:
    at = moment(raw)
    try:
        return None if at is None else at + shift
    except OverflowError:
        return None


def _counts(raw: Any) -> dict[str, int]:
    """Names and numbers above zero."""
    items = list(raw.items())[:MOST] if isinstance(raw, dict) else []
    return {str(name)[:LONGEST]: number for name, found in items if (number := _whole(found))}


def link(text: str) -> str:
    """With a slash at its end; empty where it is no address that a page may lead to."""
    return f"{text.rstrip('/')}/" if text.startswith(("http://", "https://")) else ""
