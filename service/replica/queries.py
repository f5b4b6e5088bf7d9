from collections.abc import Mapping
from typing import Any

from django.db.models import Max

from replica.models import Product, ProductQuerySet


def living_products() -> ProductQuerySet:
    return Product.objects.living().order_by("id")


def row(product_id: int) -> Mapping[str, Any] | None:
    """All that the copy knows of a product, its tombstone included."""
    return Product.objects.filter(id=product_id).values().first()


def highest_id() -> int:
    """Of all products that the copy has ever heard of, 0 if of none."""
    return int(Product.objects.aggregate(highest=Max("id"))["highest"] or 0)
