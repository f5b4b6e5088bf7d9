from collections.abc import Collection, Iterable
from datetime import datetime

from catalogue.models import Product
from catalogue.querysets import ProductQuerySet


def all_products() -> ProductQuerySet:
    products: ProductQuerySet = Product.objects.order_by("id")
    return products


def get_product(*, product_id: int) -> Product:
    """Raises Product.DoesNotExist."""
    product: Product = Product.objects.get(pk=product_id)
    return product


def taken_skus(skus: Iterable[str]) -> set[str]:
    """Those of them that a product has, in the spelling asked for: to some collations "abc" and "ABC" are one."""
    asked = set(skus)
    there = set(Product.objects.filter(sku__in=asked).values_list("sku", flat=True))
    if there <= asked:
        return there
    return {sku for sku in asked if Product.objects.filter(sku=sku).exists()}


def snapshot(
    *, after: int = 0, limit: int, since: datetime | None = None, ids: Collection[int] | None = None
) -> list[Product]:
    """The products as they are now, in order of id, from behind `after` on: the next page begins after the last one."""
    products = all_products().filter(pk__gt=after)
    if since is not None:
        products = products.filter(updated_at__gte=since)
    if ids is not None:
        products = products.filter(pk__in=ids)
    return list(products[:limit])
