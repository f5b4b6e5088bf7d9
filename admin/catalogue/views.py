from django.http import Http404
from rest_framework import viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.serializers import BaseSerializer

from catalogue import operations, queries
from catalogue.models import Product
from catalogue.serializers import ProductSerializer

SKU_TAKEN = ValidationError({"sku": ["product with this sku already exists."]})


class ProductViewSet(viewsets.ModelViewSet[Product]):
    queryset = queries.all_products()
    serializer_class = ProductSerializer
    lookup_value_regex = "[0-9]+"

    def perform_create(self, serializer: BaseSerializer[Product]) -> None:
        try:
            serializer.instance = operations.create_product(fields=serializer.validated_data)
        except operations.SkuTaken as error:
            raise SKU_TAKEN from error

    def perform_update(self, serializer: BaseSerializer[Product]) -> None:
        assert serializer.instance is not None
        try:
            serializer.instance = operations.update_product(
                product_id=serializer.instance.pk, changes=serializer.validated_data
            )
        except operations.SkuTaken as error:
            raise SKU_TAKEN from error
        except Product.DoesNotExist as error:
            raise Http404 from error

    def perform_destroy(self, instance: Product) -> None:
        try:
            operations.delete_product(product_id=instance.pk)
        except Product.DoesNotExist as error:
            raise Http404 from error
