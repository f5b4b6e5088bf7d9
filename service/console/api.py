"""This side's half of the truth over HTTP: what the other side's console, and programs, ask for."""

from access.permissions import Operator
from config import sync
from config.openapi import INTEGER, TEXT, many, operators
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

DAY = 24 * 60
OBJECT = {"type": "object"}


class SpanSerializer(serializers.Serializer[None]):
    minutes = serializers.IntegerField(min_value=1, max_value=DAY, default=15)


HALF = {
    "type": "object",
    "properties": {
        "side": TEXT,
        "at": TEXT,
        "version": TEXT,
        "mode": {"type": "string", "enum": ["broker", "embedded"]},
        "products": INTEGER,
        "processes": many(OBJECT),
        "minutes": many(OBJECT),
    },
    "required": ["side", "at", "version", "mode", "products", "processes", "minutes"],
}
PRODUCT = {"type": "object", "properties": {"id": INTEGER}, "required": ["id"]}


@operators("How this side is", HALF, {"side": sync.SIDE, "mode": "broker"}, parameters=[SpanSerializer])
@api_view(["GET"])
@permission_classes([Operator])
def half(request: Request) -> Response:
    """Counts, processes and what was done in the last `minutes`: by the minute, or by ten of them above an hour."""
    wanted = SpanSerializer(data=request.query_params.dict())
    wanted.is_valid(raise_exception=True)
    return Response(sync.half(span=wanted.validated_data["minutes"]))


@operators("One product on this side, and where its events are", PRODUCT, {"id": 1})
@api_view(["GET"])
@permission_classes([Operator])
def product(request: Request, product_id: str) -> Response:
    return Response(sync.product(int(product_id)))
