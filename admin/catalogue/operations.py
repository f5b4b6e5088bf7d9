"""The writes of the catalogue: REST views, commands and jobs all come through here, each in one transaction."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from catalogue import queries
from catalogue.models import Product


class SkuTaken(Exception):
    """Another product has this sku already; two requests raced past the validation. Choose another one."""


def create_product(*, fields: Mapping[str, Any]) -> Product:
    """The new product; `fields` are validated. Raises SkuTaken."""
    try:
        with transaction.atomic():
            product: Product = Product.objects.create(**fields)
        return product
    except IntegrityError as error:
        raise _named(error, fields) from error


def update_product(*, product_id: int, changes: Mapping[str, Any]) -> Product:
    """The product after `changes`, which are validated. Raises Product.DoesNotExist, SkuTaken."""
    try:
        with transaction.atomic():
            if changes:
                Product.objects.filter(pk=product_id).update(**changes)
            return queries.get_product(product_id=product_id)
    except IntegrityError as error:
        raise _named(error, changes) from error


def delete_product(*, product_id: int) -> None:
    """Raises Product.DoesNotExist."""
    with transaction.atomic():
        deleted, _ = Product.objects.filter(pk=product_id).delete()
    if not deleted:
        raise Product.DoesNotExist


def _named(error: IntegrityError, fields: Mapping[str, Any]) -> Exception:
    """Asked of the database afterwards, since each names its violated constraint in its own words."""
    taken = fields.get("sku") is not None and Product.objects.filter(sku=fields["sku"]).exists()
    return SkuTaken() if taken else error
