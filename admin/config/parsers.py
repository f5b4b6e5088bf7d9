"""JSON from strangers: whatever is wrong with it is a 400, never a 500. (A 413 where it is too large: see errors.)"""

import codecs
from collections.abc import Mapping, Sequence
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser, get_encoding  # type: ignore[attr-defined]
from rest_framework.utils import json


class BoundedJSONParser(JSONParser):
    """DRF's parser lets deep nesting escape as RecursionError, and of two values of one name takes the last."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        text: Any = codecs.getreader(get_encoding(dict(parser_context or {})))(stream)
        try:
            return json.load(text, parse_constant=json.strict_constant, object_pairs_hook=_unique)
        except ValueError as error:
            is_long = "integer string conversion" in str(error)  # Python's words are for whoever runs it
            raise ParseError(f"JSON parse error - {'a number has too many digits.' if is_long else error}") from error
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply.") from error


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"the name {twice[:50]!r} stands twice in an object.")
    return found
