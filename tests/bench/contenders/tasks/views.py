from api import product_viewset
from django.db import transaction

from .jobs import store_product
from .models import Product


class ProductViewSet(product_viewset(Product)):
    def perform_create(self, serializer):
        with transaction.atomic():
            serializer.save()
            transaction.on_commit(lambda: store_product.delay(serializer.data))
