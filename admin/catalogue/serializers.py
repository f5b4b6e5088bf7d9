from decimal import Decimal

from rest_framework import serializers

from catalogue.models import Product


class ProductSerializer(serializers.ModelSerializer[Product]):
    class Meta:
        model = Product
        fields = ("id", "title", "description", "price", "image", "sku", "version", "created_at", "updated_at")
        read_only_fields = ("id", "version", "created_at", "updated_at")

    def validate_sku(self, value: str | None) -> str | None:
        """An empty sku is none: two products without one do not clash."""
        return value or None

    def validate_price(self, value: Decimal | None) -> Decimal | None:
        """Minus zero is zero: the answer shows what the row will hold."""
        return value if value is None else abs(value)
