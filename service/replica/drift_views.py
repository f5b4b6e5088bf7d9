"""The copy's side of the drift check over HTTP, as admin's: what others compare with."""

from dataclasses import asdict
from typing import Any

from access.permissions import Operator
from config.openapi import INTEGER, OR_NULL, TEXT, many, operators, shape
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from replica import digests

MAX_ID = 2**63 - 1
MAX_ROWS = 500  # of a page whose rows are listed one by one
MAX_COUNTED = 10_000  # of a range that is only counted and summed up


class RangeSerializer(serializers.Serializer[None]):
    after = serializers.IntegerField(min_value=0, max_value=MAX_ID, default=0)
    to = serializers.IntegerField(min_value=0, max_value=MAX_ID, default=None)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_COUNTED, default=4096)


class RowsSerializer(RangeSerializer):
    limit = serializers.IntegerField(min_value=1, max_value=MAX_ROWS, default=MAX_ROWS)


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
    """Version and checksum of each product of a range."""
    return Response({"rows": [asdict(row) for row in digests.rows(**_read(RowsSerializer, request))]})


def _read(kind: type[serializers.Serializer[None]], request: Request) -> dict[str, Any]:
    serializer = kind(data=request.query_params.dict())
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
