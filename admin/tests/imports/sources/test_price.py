from decimal import Decimal
from typing import Any

import pytest
from imports.sources.price import Unreadable, amount, lowest

READ: dict[Any, str | None] = {
    "1299.00": "1299.00", "19.9": "19.90", ".75": "0.75", "20": "20.00", "1e3": "1000.00", " 5 ": "5.00",
    "1.299,00 €": "1299.00", "$1,299": "1299.00", "1 299,00 kr": "1299.00", "1\u00a0299,00 €": "1299.00",
    "CHF 1'299.50": "1299.50", "CHF 1\u2019299.50": "1299.50", "12,5": "12.50", "5,-": "5.00", "35€99": "35.99",
    "1.299 €": "1299.00", "1.299": "1.30", "EUR 7": "7.00", "£3.50": "3.50", "0": "0.00", "-0": None,
    "1.005": "1.01", "0.004": "0.00", "9999999999.99": "9999999999.99",
}  # fmt: skip
UNREADABLE = [
    "x", "Free shipping", "on request", "-1", "-0.01", "\u22125,00 €", "$-5", "€ -5", "10 - 20 €", "20, now 10 €",
    "10000000000", "9999999999.995", "1e999", "9" * 101, "50%", "NaN", "Infinity", "\0", "\ud800", "1_0",
    True, [], {}, [1], float("nan"), float("inf"), -1, Decimal("NaN"), Decimal("sNaN"), Decimal("1E+999999"),
]  # fmt: skip


@pytest.mark.parametrize("text", [text for text in READ if READ[text]])
def test_a_price_is_read_to_the_cent(text: str) -> None:
    assert amount(text) == Decimal(READ[text] or "")
    assert str(amount(text)) == READ[text]


@pytest.mark.parametrize("value", UNREADABLE, ids=lambda value: repr(value)[:30])
def test_what_is_no_price_is_told(value: Any) -> None:
    with pytest.raises(Unreadable, match="the price"):
        amount(value)


@pytest.mark.parametrize("value", [None, "", "  \n"])
def test_no_price_is_none(value: Any) -> None:
    assert amount(value) is None


def test_a_number_keeps_the_digits_that_it_was_written_with() -> None:
    assert [amount(value) for value in (1.005, 0.285, 1234567.89)] == [
        Decimal("1.01"),
        Decimal("0.29"),
        Decimal("1234567.89"),
    ]


def test_a_tiny_number_is_nothing() -> None:
    assert amount(Decimal("1E-999999")) == 0


def test_the_lowest_is_of_those_that_can_be_read() -> None:
    assert lowest(["20", "on request", None, "10"]) == Decimal(10)
    assert lowest([None, ""]) is None
    with pytest.raises(Unreadable, match="on request"):
        lowest([None, "on request"])
