from django.db import transaction
from rest_framework import serializers, viewsets

from .models import Product


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ("id", "title", "description", "price", "image", "sku", "version", "created_at", "updated_at")


class ProductViewSet(viewsets.ModelViewSet):
    queryset = Product.objects.order_by("id")
    serializer_class = ProductSerializer

    def perform_create(self, serializer):
        from tasks.jobs import store_product

        with transaction.atomic():
            serializer.save()
            transaction.on_commit(lambda: store_product.delay(serializer.data))
