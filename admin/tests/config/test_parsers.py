"""The parser by itself; what it does to requests, tests/catalogue/test_views_bad_input.py tests."""

from io import BytesIO

import pytest
from config.parsers import BoundedJSONParser
from rest_framework.exceptions import ParseError


def test_json_is_parsed() -> None:
    assert BoundedJSONParser().parse(BytesIO('{"title": "灯"}'.encode())) == {"title": "灯"}


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b"", b"NaN", b"\xff", b"9" * 5000])
def test_whatever_is_wrong_is_one_error(body: bytes) -> None:
    with pytest.raises(ParseError, match="JSON parse error"):
        BoundedJSONParser().parse(BytesIO(body))
