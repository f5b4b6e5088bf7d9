"""Prices, which feeds give as numbers and pages as people write them."""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

CENT = Decimal("0.01")
MOST = Decimal(10) ** 10  # as many digits as the catalogue has
PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
LONGEST = 100


class NoPrice(Exception):
    """Something stands there, and it is no price. The text shows it."""


def price(value: Any) -> Decimal | None:
    """In cents; None where none is told. Raises NoPrice."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    found = _number(value)
    if found is None or not found.is_finite() or not 0 <= found < MOST:
        raise NoPrice(f"{str(value)[:50]!r} is no price")
    return found.quantize(CENT, ROUND_HALF_UP) + 0


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    text = str(value).strip()
    if len(text) > LONGEST:
        return None
    if not isinstance(value, str) or PLAIN.fullmatch(text):
        try:
            return Decimal(text)
        except InvalidOperation:
            return None
    if re.search(r"-\s*[^\w\s]?\s*[0-9]", text):  # price-parser takes minus for a dash
        return None
    from price_parser import Price

    amount: Decimal | None = Price.fromstring(text).amount
    return amount
