import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from config.filters import ProductFilter
from django.http import Http404
from rest_framework import viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue import idempotency, openapi, operations, queries
from catalogue.conditions import changed_meanwhile, etag, wanted_versions
from catalogue.events import product_data
from catalogue.models import Product
from catalogue.serializers import MAX_PRODUCTS, SKU_TAKEN, ProductSerializer, sku_errors

NEW = ProductSerializer()  # keeps nothing of what it validates, so one serves all POSTs


@openapi.products
class ProductViewSet(viewsets.GenericViewSet[Product]):
    queryset = queries.all_products()
    serializer_class = ProductSerializer
    filterset_class = ProductFilter
    lookup_value_regex = "[0-9]{1,19}"  # a longer one is nobody's

    def filter_queryset(self, queryset: Any) -> Any:
        """Of lists alone; DRF would have them narrow down single products too."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or ()
        return self.get_paginated_response([product_data(product) for product in page])

    def retrieve(self, request: Request, pk: str) -> Response:
        return _shown(product_data(self.get_object()))

    def create(self, request: Request) -> Response:
        """One product, or a list of them: all or none."""
        created, is_again = idempotency.once(request, lambda: self._created(request.data))
        headers = {"Idempotency-Replayed": "true"} if is_again else {}
        if isinstance(created, list):
            return Response(created, status=201, headers=headers)
        return _shown(created, status=201, headers={"Location": f"/api/products/{created['id']}"} | headers)

    def update(self, request: Request, pk: str, *, partial: bool = False) -> Response:
        changes = self._validated(request.data, instance=self.get_object(), partial=partial)
        with _answered():
            product = operations.update_product(product_id=int(pk), changes=changes, versions=wanted_versions(request))
        return _shown(product_data(product))

    def partial_update(self, request: Request, pk: str) -> Response:
        return self.update(request, pk, partial=True)

    def destroy(self, request: Request, pk: str) -> Response:
        with _answered():
            operations.delete_product(product_id=self.get_object().pk, versions=wanted_versions(request))
        return Response(status=204)

    def _created(self, data: Any) -> Any:
        if isinstance(data, list):
            return self._created_many(data)
        with _answered():
            return product_data(operations.create_product(fields=self._validated(data)))

    def _created_many(self, items: Sequence[Any]) -> Sequence[dict[str, Any]]:
        many = self._validated(items, many=True, allow_empty=False, max_length=MAX_PRODUCTS)
        try:
            products = operations.create_products(many=many)
        except operations.SkuTaken as error:
            raise ValidationError(sku_errors([fields.get("sku") for fields in many], error.skus)) from error
        return [product_data(product) for product in products]

    def _validated(self, data: Any, **options: Any) -> Any:
        if isinstance(data, dict) and not options:
            return NEW.run_validation(data)
        serializer = self.get_serializer(data=data, **options)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data


def _shown(product: dict[str, Any], *, status: int = 200, headers: Mapping[str, str] = {}) -> Response:
    return Response(product, status=status, headers={"ETag": etag(product["version"]), **headers})


@contextlib.contextmanager
def _answered() -> Iterator[None]:
    """What the operations refuse, as answers."""
    try:
        yield
    except operations.SkuTaken as error:
        raise ValidationError(SKU_TAKEN) from error
    except operations.OtherVersion as error:
        raise changed_meanwhile(error.product) from error
    except Product.DoesNotExist as error:
        raise Http404 from error
