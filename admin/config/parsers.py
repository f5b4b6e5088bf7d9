"""JSON from strangers: whatever is wrong with it is a 400 or a 413, never a 500."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser


class TooLarge(APIException):
    """The body is larger than DATA_UPLOAD_MAX_MEMORY_SIZE bytes; send less at once."""

    status_code = 413
    default_code = "too_large"


class BoundedJSONParser(JSONParser):
    """DRF's parser reads a body of any size and lets deep nesting escape as RecursionError; this one does neither."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        length = int((parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0)
        if length > (limit := settings.DATA_UPLOAD_MAX_MEMORY_SIZE or length):
            raise TooLarge(f"The body has {length} bytes; the limit is {limit}.")
        try:
            return super().parse(stream, media_type, dict(parser_context or {}))
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply.") from error
