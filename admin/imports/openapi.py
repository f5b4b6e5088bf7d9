"""The imports' operations as clients see them."""

from catalogue.openapi import KEY, USED
from config.errors import MEDIA_TYPE
from config.openapi import ETAG, IF_NONE_MATCH, NOT_MODIFIED, problem
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view

from imports.serializers import (
    ImportOfFileSerializer,
    ImportOfURLSerializer,
    ImportSerializer,
    ImportWithLinesSerializer,
)

SHOWN = {
    "id": 7,
    "state": "running",
    "url": "https://shop.example.com/lamps",
    "file": None,
    "by": "token shop",
    "schedule": "",
    "created_at": "2026-01-02T03:04:05.678901Z",
    "started_at": "2026-01-02T03:04:05.789012Z",
    "finished_at": None,
    "attempt": 1,
    "tries": 0,
    "crashes": 0,
    "worker": "worker-1:17",
    "progress": {"done": 12, "total": 40},
    "counts": {"created": 8, "updated": 2, "unchanged": 1, "rejected": 1},
    "said": "https://shop.example.com/lamps/12",
    "error": "",
}
LINE = {
    "at": "2026-01-02T03:04:06.789012Z",
    "level": "warning",
    "text": "Rejected https://shop.example.com/lamps/3: title: This field may not be blank.",
    "attempt": 1,
}
ONE = OpenApiExample("An import", SHOWN | {"lines": [LINE]}, response_only=True, status_codes=["200", "202"])
OF_LIST = OpenApiExample("An import", SHOWN, response_only=True)
URL = OpenApiExample("Of a URL", {"url": SHOWN["url"], "depth": 1}, request_only=True, media_type="application/json")
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[202], description="Where it tells how far it is."
)
REPLAYED = OpenApiParameter(
    "Idempotency-Replayed",
    str,
    OpenApiParameter.HEADER,
    enum=["true"],
    response=[202],
    description="As the first time.",
)
UNREAD = {(415, MEDIA_TYPE): problem("JSON and multipart/form-data alone are read.")}
UNFIT = {(409, MEDIA_TYPE): problem("Its state does not allow that.")}
ACCEPTED = {202: ImportWithLinesSerializer}

imports = extend_schema_view(
    list=extend_schema(
        summary="List imports, the newest first",
        parameters=[IF_NONE_MATCH, ETAG],
        responses={200: ImportSerializer(many=True)} | NOT_MODIFIED,
        examples=[OF_LIST],
    ),
    retrieve=extend_schema(
        summary="Read how far an import is, and the last lines of its log",
        parameters=[IF_NONE_MATCH, ETAG],
        responses={200: ImportWithLinesSerializer} | NOT_MODIFIED,
        examples=[ONE],
    ),
    create=extend_schema(
        summary="Import products from a URL or a file; a worker does it",
        parameters=[KEY, LOCATION, REPLAYED],
        request={"application/json": ImportOfURLSerializer, "multipart/form-data": ImportOfFileSerializer},
        responses=ACCEPTED | USED | UNREAD,
        examples=[URL, ONE],
    ),
    cancel=extend_schema(
        operation_id="imports_cancel",
        summary="Cancel an import; what it has written stays",
        parameters=[LOCATION],
        request=None,
        responses=ACCEPTED | UNFIT,
        examples=[ONE],
    ),
    retry=extend_schema(
        operation_id="imports_retry",
        summary="Try a failed or cancelled import again",
        parameters=[LOCATION],
        request=None,
        responses=ACCEPTED | UNFIT,
        examples=[ONE],
    ),
)
