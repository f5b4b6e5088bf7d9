import re
from collections import Counter
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from django.db import models
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from catalogue import queries
from catalogue.models import Product

MAX_PRODUCTS = 1_000  # in one POST
SKU_TAKEN = {"sku": ["product with this sku already exists."]}
SKU_TWICE = {"sku": ["This sku stands twice in the list."]}
OPTIONAL: dict[str, Any] = {"description": "", "price": None, "image": "", "sku": None}


class Text(serializers.CharField):
    """DRF's would take a number for its digits."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Money(serializers.DecimalField):
    """DRF's takes what Python takes for a number: "1_0", "\u0661"."""

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, str) and not re.fullmatch(r"\s*-?[0-9]*\.?[0-9]+\s*", data, re.ASCII):
            self.fail("invalid")
        return super().to_internal_value(data)


class ProductsSerializer(serializers.ListSerializer[Any]):
    """Looks for taken skus once for all, and among the products themselves; errors are told by a product's place."""

    def to_internal_value(self, data: Any) -> list[Any]:
        assert isinstance(self.child, ProductSerializer)
        sku = self.child.fields["sku"]
        sku.validators = [validator for validator in sku.validators if not isinstance(validator, UniqueValidator)]
        products: list[Any] = super().to_internal_value(data)
        skus = [product.get("sku") for product in products]
        times = Counter(sku for sku in skus if sku is not None)
        again = [sku for sku, count in times.items() if count > 1]
        if errors := sku_errors(skus, again, SKU_TWICE) | sku_errors(skus, queries.taken_skus(times)):
            raise serializers.ValidationError(errors)
        return products


def sku_errors(skus: Sequence[str | None], refused: Collection[str], error: Any = SKU_TAKEN) -> dict[str, Any]:
    """By the places of the products whose sku is refused."""
    return {str(place): error for place, sku in enumerate(skus) if sku in refused}


class ProductSerializer(serializers.ModelSerializer[Product]):
    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: Text,
        models.TextField: Text,
        models.DecimalField: Money,
    }

    class Meta:
        model = Product
        list_serializer_class = ProductsSerializer
        fields = ("id", "title", "description", "price", "image", "sku", "version", "created_at", "updated_at")
        read_only_fields = ("id", "version", "created_at", "updated_at")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """PUT replaces: what it leaves out becomes empty."""
        return OPTIONAL | attrs if self.instance and not self.partial else attrs

    def validate_sku(self, value: str | None) -> str | None:
        """An empty sku is none: two products without one do not clash."""
        return value or None

    def validate_price(self, value: Decimal | None) -> Decimal | None:
        """Minus zero is zero: the answer shows what the row will hold."""
        return value if value is None else abs(value)
