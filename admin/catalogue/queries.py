from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db.models import Case, Value, When

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


def locked_products(*, product_ids: Collection[int], skus: Collection[str]) -> list[Product]:
    """Those with one of the ids or skus, in order of id; nobody else changes them while the transaction is open."""
    ids = {*product_ids, *Product.objects.filter(sku__in=skus).order_by().values_list("pk", flat=True)}
    return list(all_products().filter(pk__in=ids).select_for_update())


def by_sku(products: Iterable[Product], *, skus: Collection[str]) -> Mapping[str, Product]:
    """Which of the products has which sku: in its exact spelling, or in one that is the same to the collation."""
    having = {product.pk: product for product in products if product.sku is not None}
    exact: dict[str, Product] = {str(product.sku): product for product in having.values() if product.sku in skus}
    left = [sku for sku in skus if sku not in exact]
    others = [pk for pk, product in having.items() if product.sku not in exact]
    if not left or not others:
        return exact
    asked = Case(*(When(sku=sku, then=Value(sku)) for sku in left), default=None)
    spelled = Product.objects.filter(pk__in=others).annotate(asked=asked).exclude(asked=None)
    return exact | {sku: having[pk] for pk, sku in spelled.order_by().values_list("pk", "asked")}


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
