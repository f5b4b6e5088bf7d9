"""Prices as shops write them, as exact decimals."""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

CENT = Decimal("0.01")
PLAIN = re.compile(r"([0-9]{1,30}(\.[0-9]{1,30})?|\.[0-9]{1,30})([eE]\+?[0-9]{1,3})?", re.ASCII)
NUMBER = re.compile(r"\d(?:[\d\s.,'\u2019]*\d)?(?:\s*€\s*\d{1,2}(?!\d))?")  # 35€99 is one
MINUS = "-\u2212\u2013\u2014"  # hyphen, minus, dashes
LONGEST = 100
TOO_MUCH = Decimal(10) ** 10  # twelve digits, two of them behind the point


class Unreadable(ValueError):
    """No amount that the catalogue can hold. The text says why."""


def amount(value: Any) -> Decimal | None:
    """To the cent; None where there is nothing. Raises Unreadable.

    A plain number has a point before its decimals, whatever the shop's country, as schema.org wants it: "1.299" is one
    and a bit. With a currency or other text, "1.299 €" is a thousand and more, as price-parser takes it.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    found = _number(value)
    if not found.is_finite():
        raise Unreadable(f"the price {_shown(value)} is no amount")
    if found < 0:
        raise Unreadable(f"the price {_shown(value)} is negative")
    if found >= TOO_MUCH:
        raise Unreadable(f"the price {_shown(value)} is too high: it must be under 10,000,000,000")
    return _cents(found, value)


def lowest(values: Iterable[Any]) -> Decimal | None:
    """The lowest of those that can be read. Raises Unreadable where there are some and none can."""
    found, unreadable = [], None
    for value in values:
        try:
            found.append(amount(value))
        except Unreadable as error:
            unreadable = error
    amounts = [each for each in found if each is not None]
    if unreadable and not amounts:
        raise unreadable
    return min(amounts, default=None)


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise Unreadable("the price is no number and no text")
    if not isinstance(value, str):
        return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)  # repr: 19.9, not 19.89999…
    text = value.strip()
    return Decimal(text) if PLAIN.fullmatch(text) else _parsed(text)


def _parsed(text: str) -> Decimal:
    from price_parser import Price

    numbers = NUMBER.findall(text) if len(text) <= LONGEST else []
    if len(numbers) > 1:
        raise Unreadable(f"the price {_shown(text)} holds more than one number")
    if numbers and any(sign in text[: text.index(numbers[0])] for sign in MINUS):
        raise Unreadable(f"the price {_shown(text)} is negative")
    found: Decimal | None = Price.fromstring(text.replace("\u2019", "'")).amount if numbers else None
    if found is None:
        raise Unreadable(f"the price {_shown(text)} is no amount")
    return found


def _cents(found: Decimal, value: Any) -> Decimal:
    try:
        cents = found.quantize(CENT, ROUND_HALF_UP) + 0  # minus zero is zero
    except InvalidOperation as error:
        raise Unreadable(f"the price {_shown(value)} is no amount") from error
    if cents >= TOO_MUCH:
        raise Unreadable(f"the price {_shown(value)} is too high: it must be under 10,000,000,000")
    return cents


def _shown(value: Any) -> str:
    return repr(str(value)[:50])
