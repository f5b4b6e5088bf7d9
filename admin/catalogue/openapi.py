"""The products' operations as clients see them."""

from config.errors import MEDIA_TYPE
from config.openapi import ETAG, IF_NONE_MATCH, NOT_MODIFIED, ORDERING, problem
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view

from catalogue.serializers import MAX_PRODUCTS, ProductSerializer

LAMP = {
    "id": 1,
    "title": "Lamp",
    "description": "A lamp.",
    "price": "19.90",
    "image": "https://images.example.com/lamp.jpg",
    "sku": "L-1",
    "version": 1,
    "created_at": "2026-01-02T03:04:05.678901Z",
    "updated_at": "2026-01-02T03:04:05.678901Z",
}
SENT = {name: LAMP[name] for name in ("title", "description", "price", "image", "sku")}
ONE = OpenApiExample("A product", LAMP, response_only=True)
NEW = OpenApiExample("A new product", SENT, request_only=True)
PRICE = OpenApiExample("Another price", {"price": "17.50"}, request_only=True)
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description='The ETag that was read, as "3": else 412, and no change.'
)
KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="Sent again within a day: answered as the first time."
)
NEW_ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[201], description="Of one product, to send in If-Match."
)
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="Where one product is to be read."
)
REPLAYED = OpenApiParameter(
    "Idempotency-Replayed",
    str,
    OpenApiParameter.HEADER,
    enum=["true"],
    response=[201],
    description="As the first time.",
)
GONE_ON = {(412, MEDIA_TYPE): problem("The product is in another version than If-Match names.")}
USED = {(422, MEDIA_TYPE): problem("The Idempotency-Key came with another body before.")}


def one_or_many(name: str) -> dict[str, object]:
    one = {"$ref": f"#/components/schemas/{name}"}
    return {"oneOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": MAX_PRODUCTS}]}


products = extend_schema_view(
    list=extend_schema(
        summary="List products",
        parameters=[ORDERING, IF_NONE_MATCH, ETAG],
        responses={200: ProductSerializer(many=True)} | NOT_MODIFIED,
        examples=[ONE],
    ),
    retrieve=extend_schema(
        summary="Read a product",
        parameters=[IF_NONE_MATCH, ETAG],
        responses={200: ProductSerializer} | NOT_MODIFIED,
        examples=[ONE],
    ),
    create=extend_schema(
        summary="Create a product, or a list of them: all or none",
        parameters=[KEY, NEW_ETAG, LOCATION, REPLAYED],
        request={"application/json": one_or_many("ProductRequest")},
        responses={(201, "application/json"): one_or_many("Product")} | USED,
        examples=[NEW, ONE],
    ),
    update=extend_schema(
        summary="Replace a product; what is left out becomes empty",
        parameters=[IF_MATCH, ETAG],
        responses={200: ProductSerializer} | GONE_ON,
        examples=[NEW, ONE],
    ),
    partial_update=extend_schema(
        summary="Change some of a product",
        parameters=[IF_MATCH, ETAG],
        responses={200: ProductSerializer} | GONE_ON,
        examples=[PRICE, ONE],
    ),
    destroy=extend_schema(
        summary="Delete a product for ever",
        parameters=[IF_MATCH],
        responses={204: OpenApiResponse(description="It is gone.")} | GONE_ON,
    ),
)
