"""A list of products as JSON, in one of several shapes."""

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from jobs.errors import Refused

from imports.items import Unusable
from imports.sources import records, schema_org, shopify
from imports.sources.making import Draft, Piece, made

LISTS = ("products", "items", "data", "results")


def loaded(text: str, *, name: str) -> Any:
    """Numbers as exact decimals. JSON Lines are a list, in which a broken line is an Unusable. Raises Refused."""
    try:
        return _loads(text)
    except RecursionError as error:
        raise Refused(f"{name} is nested too deeply to be a list of products.") from error
    except ValueError as error:
        lines = [line.strip() for line in text.split("\n")]
        if sum(line.startswith("{") and line.endswith("}") for line in lines[:2]) == min(2, len(lines)):
            return [_line(line, f"line {number} of {name}") for number, line in enumerate(lines, 1) if line]
        is_long = "integer string conversion" in str(error)  # Python's words are for whoever runs it
        why = "a number has too many digits" if is_long else error
        raise Refused(f"{name} is no valid JSON: {why}. Was it cut off, or is it something else?") from error


def pieces(data: Any, *, name: str, base: str = "") -> Iterator[tuple[int, int, Piece]]:
    """What each entry gives, with its number and how many there are. Raises Refused where there is no list."""
    entries = _entries(data)
    if entries is None:
        raise Refused(
            f"{name} holds no list of products: it should be a list of objects, or an object that holds one as"
            f" {', '.join(LISTS)}."
        )
    for number, entry in enumerate(entries, 1):
        where = f"item {number} of {name}"
        yield from ((number, len(entries), piece) for piece in _of_entry(entry, where, base))


def _of_entry(entry: Any, where: str, base: str) -> Iterator[Piece]:
    if isinstance(entry, Unusable):
        yield entry
    elif not isinstance(entry, dict):
        yield Unusable(where=where, reason="it is no object")
    elif drafts := _drafts(entry, base):
        for draft in drafts:
            yield from made(draft, where=where, base=base)
    else:
        yield Unusable(where=where, reason=f"it is no product. Known names are {records.KNOWN}")


def _drafts(entry: dict[str, Any], base: str) -> list[Draft]:
    if found := schema_org.Markup([entry]).drafts():
        return found
    if "@type" in entry or "@graph" in entry:
        return []  # something else: a shop has a name and a URL too
    if shopify.is_product(entry):
        return list(shopify.drafts(entry, base=base))
    record = {records.plain_name(name): value for name, value in entry.items()}
    return [records.draft(record)] if records.known(record) else []


def _entries(data: Any) -> list[Any] | None:
    if isinstance(data, list):
        return data
    if not isinstance(data, dict):
        return None
    for name in LISTS:
        inner = data.get(name)
        if isinstance(inner, dict) and name == "data":  # {"data": {"products": […]}}
            inner = _entries(inner)
        if isinstance(inner, list):
            return inner
    return [data] if _drafts(data, "") else None


def _line(line: str, where: str) -> Any:
    try:
        return _loads(line)
    except (ValueError, RecursionError) as error:
        return Unusable(where=where, reason=f"it is no valid JSON: {error}")


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # with an exponent beyond all bounds
        return Decimal("NaN")


def _loads(text: str) -> Any:
    return json.loads(text, parse_float=_number, parse_constant=Decimal)  # NaN is that product's error alone
