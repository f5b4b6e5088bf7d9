"""What a subscriber needs to fill its copy, and to prove that it is equal: snapshot and digests, in bounded pages."""

from dataclasses import asdict
from typing import Any

from access.permissions import Operator
from config.openapi import INTEGER, OR_NULL, TEXT, many, operators, shape
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue import digests, events, queries
from catalogue.openapi import LAMP

MAX_ID = 2**63 - 1
MAX_ROWS = 500  # of a page whose rows are listed one by one
MAX_COUNTED = 10_000  # of a range that is only counted and summed up
MAX_IDS = 100  # in a query string, which servers bound at 4 KiB


@extend_schema_field({"type": "string", "pattern": rf"^[0-9]{{1,19}}(,[0-9]{{1,19}}){{0,{MAX_IDS - 1}}}$"})
class Ids(serializers.Field[list[int], str, Any, Any]):
    """`1,2,3`, at most MAX_IDS of them."""

    default_error_messages = {"invalid": f"Up to {MAX_IDS} ids from 1 to {MAX_ID}, with commas between them."}

    def to_internal_value(self, data: str) -> list[int]:
        parts = data.split(",")
        if len(parts) > MAX_IDS or not all(part.isdecimal() and part.isascii() and len(part) < 20 for part in parts):
            self.fail("invalid")
        ids = [int(part) for part in parts]
        if max(ids) > MAX_ID:
            self.fail("invalid")
        return ids


class PageSerializer(serializers.Serializer[None]):
    after = serializers.IntegerField(min_value=0, max_value=MAX_ID, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_ROWS, default=MAX_ROWS)
    ids = Ids(default=None)


class SnapshotSerializer(PageSerializer):
    since = serializers.DateTimeField(default=None)


class RowsSerializer(PageSerializer):
    to = serializers.IntegerField(min_value=0, max_value=MAX_ID, default=None)


class RangeSerializer(serializers.Serializer[None]):
    after = serializers.IntegerField(min_value=0, max_value=MAX_ID, default=0)
    to = serializers.IntegerField(min_value=0, max_value=MAX_ID, default=None)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_COUNTED, default=4096)


@operators(
    "A page of products, for a copy to fill itself from",
    shape(products=many({"$ref": "#/components/schemas/Product"}), next=OR_NULL, count=OR_NULL),
    {"products": [LAMP], "next": None, "count": 1},
    parameters=[SnapshotSerializer],
)
@api_view(["GET"])
@permission_classes([Operator])
def snapshot(request: Request) -> Response:
    """A page of products as events carry them; `next` is the next page's `after`, null behind the last page.

    `count` is of all products, on the first page alone: to count a million takes as long as many pages.
    """
    wanted = _read(SnapshotSerializer, request)
    page = queries.snapshot(**wanted)
    last = page[-1].pk if len(page) == wanted["limit"] else None
    count = None if wanted["after"] else queries.all_products().count()
    return Response({"products": [events.product_data(product) for product in page], "next": last, "count": count})


@operators(
    "Count and checksum of a range of products",
    shape(after=INTEGER, to=OR_NULL, count=INTEGER, checksum=TEXT),
    {"after": 0, "to": 4096, "count": 4000, "checksum": "7a1c03b2f5e-7b90d41c2aa"},
    parameters=[RangeSerializer],
)
@api_view(["GET"])
@permission_classes([Operator])
def digest(request: Request) -> Response:
    """Count and checksum of the range's first `limit` products."""
    return Response(asdict(digests.digest(**_read(RangeSerializer, request))))


@operators(
    "Version and checksum of each product of a range",
    shape(rows=many(shape(id=INTEGER, version=INTEGER, checksum=TEXT))),
    {"rows": [{"id": 1, "version": 3, "checksum": "0cc175b9c0f1b6a831c399e269772661"}]},
    parameters=[RowsSerializer],
)
@api_view(["GET"])
@permission_classes([Operator])
def digest_rows(request: Request) -> Response:
    """Version and checksum of each product of a range, or of the `ids` named."""
    wanted = _read(RowsSerializer, request)
    ids = wanted.pop("ids")
    rows = digests.rows(**wanted) if ids is None else digests.rows_of(ids)
    return Response({"rows": [asdict(row) for row in rows]})


def _read(kind: type[serializers.Serializer[None]], request: Request) -> dict[str, Any]:
    serializer = kind(data=request.query_params.dict())
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
