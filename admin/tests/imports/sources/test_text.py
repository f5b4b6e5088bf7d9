from decimal import Decimal
from typing import Any

import pytest
from imports.sources.text import first, line, plain

TEXTS = {
    "Lamp": "Lamp",
    "<p>Warm &amp; bright.</p><script>alert(1)</script><style>p{}</style><ul><li>One<li>Two</ul>": (
        "Warm & bright.\n\nOne\nTwo"
    ),
    "&lt;p&gt;Escaped &amp;amp; all&lt;/p&gt;": "Escaped & all",
    "a &lt; b &amp; c": "a < b & c",
    "a < b, c > d": "a < b, c > d",
    "3 <3 hearts": "3 <3 hearts",
    "AT&T, ?a=1&copy=2": "AT&T, ?a=1&copy=2",
    "<!-- no --><b>yes</b>": "yes",
    "a\0b\x1b[31mc\x85": "ab[31mc",
    "a\ud800b": "ab",
    "  many   spaces \r\n\r\n\r\n\r\n lines\t end ": "many spaces\n\nlines end",
    "<script>alert(1)</script>": "",
    "<img src=x onerror=alert(1)>after": "after",
    "\ufeffLamp": "Lamp",
    "😀 zwölf": "😀 zwölf",
}


@pytest.mark.parametrize("text", TEXTS)
def test_markup_becomes_text(text: str) -> None:
    assert plain(text) == TEXTS[text]


def test_a_title_is_one_line() -> None:
    assert line("<h1>Lamp</h1>\n<p>of &nbsp; glass</p>") == "Lamp of glass"


@pytest.mark.parametrize(
    "text", ["<div>" * 200_000, "<" * 1_000_000, "&amp;" * 300_000, "<a " * 300_000, "<!--" * 90_000]
)
def test_long_texts_take_no_time(text: str) -> None:
    assert len(plain(text)) <= 200_000


FIRST: list[tuple[Any, str | None]] = [
    ("a", "a"), (5, "5"), (Decimal("1.50"), "1.50"), (["", None, "b"], "b"), ({"@value": "c"}, "c"),
    ([{"x": 1}, {"@value": ["d"]}], "d"), (True, None), (float("nan"), None), ({}, None), ("\0 ", None),
]  # fmt: skip


@pytest.mark.parametrize(("value", "text"), FIRST)
def test_the_first_text_is_found(value: Any, text: str | None) -> None:
    assert first(value, "@value") == text


def test_a_text_behind_endless_lists_is_none() -> None:
    value: Any = "x"
    for _ in range(900):
        value = [value]
    assert first(value) is None
