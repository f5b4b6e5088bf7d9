from collections.abc import Sequence
from typing import Any

from django.http import Http404
from rest_framework import viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue import operations, queries
from catalogue.events import product_data
from catalogue.models import Product
from catalogue.serializers import SKU_TAKEN, ProductSerializer, sku_errors

NEW = ProductSerializer()  # keeps nothing of what it validates, so one serves all POSTs
MAX_PRODUCTS = 1_000  # in one POST


class ProductViewSet(viewsets.GenericViewSet[Product]):
    queryset = queries.all_products()
    serializer_class = ProductSerializer
    lookup_value_regex = "[0-9]+"

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or ()
        return self.get_paginated_response([product_data(product) for product in page])

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(product_data(self.get_object()))

    def create(self, request: Request) -> Response:
        """One product, or a list of them: all or none."""
        if isinstance(request.data, list):
            return self._create_many(request.data)
        try:
            product = operations.create_product(fields=self._validated(request.data))
        except operations.SkuTaken as error:
            raise ValidationError(SKU_TAKEN) from error
        return Response(product_data(product), status=201)

    def update(self, request: Request, pk: str, *, partial: bool = False) -> Response:
        changes = self._validated(request.data, instance=self.get_object(), partial=partial)
        try:
            product = operations.update_product(product_id=int(pk), changes=changes)
        except operations.SkuTaken as error:
            raise ValidationError(SKU_TAKEN) from error
        except Product.DoesNotExist as error:
            raise Http404 from error
        return Response(product_data(product))

    def partial_update(self, request: Request, pk: str) -> Response:
        return self.update(request, pk, partial=True)

    def destroy(self, request: Request, pk: str) -> Response:
        try:
            operations.delete_product(product_id=self.get_object().pk)
        except Product.DoesNotExist as error:
            raise Http404 from error
        return Response(status=204)

    def _create_many(self, items: Sequence[Any]) -> Response:
        many = self._validated(items, many=True, allow_empty=False, max_length=MAX_PRODUCTS)
        try:
            products = operations.create_products(many=many)
        except operations.SkuTaken as error:
            raise ValidationError(sku_errors([fields.get("sku") for fields in many], error.skus)) from error
        return Response([product_data(product) for product in products], status=201)

    def _validated(self, data: Any, **options: Any) -> Any:
        if isinstance(data, dict) and not options:
            return NEW.run_validation(data)
        serializer = self.get_serializer(data=data, **options)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data
