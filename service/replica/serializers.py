from rest_framework import serializers

from replica.models import Product


class ProductSerializer(serializers.ModelSerializer[Product]):
    class Meta:
        model = Product
        fields = (
            "id", "title", "description", "price", "image", "sku", "version", "created_at", "updated_at", "applied_at",
        )  # fmt: skip
        read_only_fields = fields
