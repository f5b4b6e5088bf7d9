from decimal import Decimal
from typing import Any

from django.db import models
from rest_framework import serializers

from catalogue.models import Product

OPTIONAL: dict[str, Any] = {"description": "", "price": None, "image": "", "sku": None}


class Text(serializers.CharField):
    """DRF's would take a number for its digits."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class ProductSerializer(serializers.ModelSerializer[Product]):
    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: Text,
        models.TextField: Text,
    }

    class Meta:
        model = Product
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
