"""The copy's side of the drift check over HTTP, as admin's: what others compare with."""

from dataclasses import asdict
from typing import Any

from access.permissions import Operator
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


@api_view(["GET"])
@permission_classes([Operator])
def digest(request: Request) -> Response:
    """Count and checksum of the range's first `limit` products."""
    return Response(asdict(digests.digest(**_read(RangeSerializer, request))))


@api_view(["GET"])
@permission_classes([Operator])
def digest_rows(request: Request) -> Response:
    """Version and checksum of each product of a range."""
    return Response({"rows": [asdict(row) for row in digests.rows(**_read(RowsSerializer, request))]})


def _read(kind: type[serializers.Serializer[None]], request: Request) -> dict[str, Any]:
    serializer = kind(data=request.query_params.dict())
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
