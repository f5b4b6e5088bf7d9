from collections.abc import Mapping
from typing import Any

from replica.models import Product, ProductQuerySet


def living_products() -> ProductQuerySet:
    return Product.objects.living().order_by("id")


def row(product_id: int) -> Mapping[str, Any] | None:
    """All that the copy knows of a product, its tombstone included."""
    return Product.objects.filter(id=product_id).values().first()
