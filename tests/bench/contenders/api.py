from typing import Any

from django.db import models
from rest_framework import serializers, viewsets


def product_viewset(product: type[models.Model]) -> Any:
    """What Django REST framework makes of a product by itself; a contender changes how it is created."""

    class ProductSerializer(serializers.ModelSerializer):
        class Meta:
            model = product
            fields = ("id", "title", "description", "price", "image", "sku", "version", "created_at", "updated_at")

    class ProductViewSet(viewsets.ModelViewSet):
        queryset = product.objects.order_by("id")
        serializer_class = ProductSerializer

    return ProductViewSet
