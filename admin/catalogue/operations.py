"""The writes of the catalogue: REST views, commands and jobs all come through here, each in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from catalogue import queries
from catalogue.models import Product


class SkuTaken(Exception):
    """Other products have these skus already; two requests raced past the validation. Choose others."""

    def __init__(self, skus: Collection[str]) -> None:
        super().__init__(", ".join(skus))
        self.skus = skus


def create_product(*, fields: Mapping[str, Any]) -> Product:
    """The new product; `fields` are validated. Raises SkuTaken."""
    try:
        product: Product = Product.objects.create(**fields)
        return product
    except IntegrityError as error:
        raise _named(error, [fields.get("sku")]) from error


def create_products(*, many: Sequence[Mapping[str, Any]]) -> list[Product]:
    """The new products, all or none of them; the fields of each are validated. Raises SkuTaken."""
    try:
        created: list[Product] = Product.objects.bulk_create([Product(**fields) for fields in many])
        return created
    except IntegrityError as error:
        skus = [fields["sku"] for fields in many if fields.get("sku") is not None]
        named = _named(error, skus)
        # Two of the list are one to the database's collation: which, it does not say.
        raise SkuTaken(skus) if named is error and skus else named from error


def update_product(*, product_id: int, changes: Mapping[str, Any]) -> Product:
    """The product after `changes`, which are validated. Raises Product.DoesNotExist, SkuTaken."""
    try:
        with transaction.atomic():
            if changes:
                Product.objects.filter(pk=product_id).update(**changes)
            return queries.get_product(product_id=product_id)
    except IntegrityError as error:
        raise _named(error, [changes.get("sku")]) from error


def delete_product(*, product_id: int) -> None:
    """Raises Product.DoesNotExist."""
    with transaction.atomic():
        deleted, _ = Product.objects.filter(pk=product_id).delete()
    if not deleted:
        raise Product.DoesNotExist


def _named(error: IntegrityError, skus: Sequence[str | None]) -> Exception:
    """Asked of the database afterwards, since each names its violated constraint in its own words."""
    taken = queries.taken_skus(sku for sku in skus if sku is not None)
    return SkuTaken(taken) if taken else error
