"""The copy's operations as clients see them."""

from config.errors import MEDIA_TYPE
from config.openapi import ETAG, IF_NONE_MATCH, NOT_MODIFIED, ORDERING, ProblemSerializer
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers


class ProductSerializer(serializers.Serializer[None]):
    """A product as admin's newest event says, and since when the copy has it: what presenters.shown answers."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    description = serializers.CharField()
    price = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    image = serializers.CharField()
    sku = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    applied_at = serializers.DateTimeField()


class GoneSerializer(ProblemSerializer):
    version = serializers.IntegerField(help_text="The last one.")
    deleted_at = serializers.DateTimeField()


LAMP = {
    "id": 1,
    "title": "Lamp",
    "description": "A lamp.",
    "price": "19.90",
    "image": "https://images.example.com/lamp.jpg",
    "sku": "L-1",
    "version": 3,
    "created_at": "2026-01-02T03:04:05.678901Z",
    "updated_at": "2026-01-02T03:04:05.678901Z",
    "applied_at": "2026-01-02T03:04:05.689012Z",
}
ONE = OpenApiExample("A product", LAMP, response_only=True)
MIN_VERSION = OpenApiParameter(
    "min_version", {"type": "integer", "minimum": 1}, description="Waits up to 2 s for it, else 503 and Retry-After."
)
products = extend_schema_view(
    list=extend_schema(
        summary="List products",
        parameters=[ORDERING, IF_NONE_MATCH, ETAG],
        responses={200: ProductSerializer(many=True)} | NOT_MODIFIED,
        examples=[ONE],
    ),
    retrieve=extend_schema(
        summary="Read a product",
        parameters=[MIN_VERSION, IF_NONE_MATCH, ETAG],
        responses={200: ProductSerializer, (410, MEDIA_TYPE): OpenApiResponse(GoneSerializer, "It was deleted.")}
        | NOT_MODIFIED,
        examples=[ONE],
    ),
)
