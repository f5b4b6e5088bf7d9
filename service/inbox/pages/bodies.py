"""A letter's body made fit to be looked at, and its event beside the copy's row. Nothing here trusts what came."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from config.printable import printable, printable_lines

from inbox.models import DeadLetter, Reason

SHOWN_BYTES = 64 * 1024  # as much as an event may have
LONGEST_PRETTY = 4 * SHOWN_BYTES  # deep nesting is indented far
LONGEST_CELL = 1000
NONE = "none"


class Body(NamedTuple):
    text: str
    form: str  # what the text is: JSON, text, bytes
    size: int
    is_cut: bool


class Row(NamedTuple):
    """A field of the event beside the same of the copy; None where one of them has no such field."""

    name: str
    event: str | None
    copy: str | None
    differs: bool


def body(letter: DeadLetter) -> Body:
    content = bytes(letter.body)
    is_cut = len(content) > SHOWN_BYTES
    parsed = None if is_cut else parse(letter)
    if parsed is not None:
        pretty = json.dumps(parsed, indent=2, ensure_ascii=False)
        if len(pretty) <= LONGEST_PRETTY:
            return Body("\n".join(map(printable, pretty.split("\n"))), "JSON", len(content), False)
    shown = content[:SHOWN_BYTES]
    return Body(printable_lines(shown), "text" if _is_text(shown, is_cut) else "bytes", len(content), is_cut)


def parse(letter: DeadLetter) -> Any:
    """Its JSON; None where there is none, where it would not be shown as it came, or where reading may be the harm."""
    if letter.reason == Reason.GIVEN_UP or len(letter.body) > SHOWN_BYTES:
        return None
    try:
        return json.loads(
            bytes(letter.body).decode(), object_pairs_hook=_pairs, parse_float=_exactly, parse_constant=_refused
        )
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        return None


def beside(letter: DeadLetter, current: Mapping[str, Any] | None) -> list[Row]:
    parsed = parse(letter)
    data = parsed.get("data") if isinstance(parsed, dict) else None
    event: Mapping[str, Any] = data if isinstance(data, dict) else {}
    names = [*(current or {}), *(name for name in event if name not in (current or {}))]
    return [_row(name, event, current) for name in names[:200]]


def _row(name: str, event: Mapping[str, Any], current: Mapping[str, Any] | None) -> Row:
    has_both = current is not None and name in event and name in current
    differs = has_both and not _is_same(event[name], (current or {})[name])
    told = _cell(event[name]) if name in event else None
    held = _cell(current[name]) if current is not None and name in current else None
    return Row(printable(name)[:100], told, held, differs)


def _is_same(told: Any, held: Any) -> bool:
    if isinstance(held, datetime):
        try:
            return datetime.fromisoformat(told) == held
        except (TypeError, ValueError):
            return False
    if isinstance(held, Decimal):
        return bool(told == str(held))
    return bool(told == held and isinstance(told, bool) == isinstance(held, bool))


def _cell(value: Any) -> str:
    if value is None:
        return NONE
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return str(value)
    text = printable(value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False))
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"


def _is_text(content: bytes, is_cut: bool) -> bool:
    """A character may be cut in two at the end."""
    for spare in range(4 if is_cut else 1):
        try:
            content[: len(content) - spare].decode()
        except UnicodeDecodeError:
            continue
        return True
    return False


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice, and one of the two would not be shown")
    return found


def _exactly(text: str) -> float:
    if repr(float(text)) != text:
        raise ValueError("it would be shown as another number")
    return float(text)


def _refused(text: str) -> None:
    raise ValueError(text)
