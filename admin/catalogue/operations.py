"""The writes of the catalogue: REST views, commands and jobs all come through here, each in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import IntegrityError, transaction

from catalogue import queries
from catalogue.models import Product
from catalogue.querysets import CENT, chunks


class OtherVersion(Exception):
    """The product is in another version than the caller wants to change."""

    def __init__(self, product: Product) -> None:
        super().__init__(f"version {product.version}")
        self.product = product


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


def update_product(*, product_id: int, changes: Mapping[str, Any], versions: Collection[int] | None = None) -> Product:
    """The product after `changes`, which are validated; of one of these `versions`, where that matters.

    Raises Product.DoesNotExist, OtherVersion, SkuTaken.
    """
    try:
        with transaction.atomic():
            _require_version(product_id, versions)
            if changes:
                Product.objects.filter(pk=product_id).update(**changes)
            return queries.get_product(product_id=product_id)
    except IntegrityError as error:
        raise _named(error, [changes.get("sku")]) from error


def delete_product(*, product_id: int, versions: Collection[int] | None = None) -> None:
    """Raises Product.DoesNotExist, OtherVersion."""
    with transaction.atomic():
        _require_version(product_id, versions)
        deleted, _ = Product.objects.filter(pk=product_id).delete()
    if not deleted:
        raise Product.DoesNotExist


def delete_products(*, product_ids: Collection[int]) -> int:
    """How many of them there were."""
    with transaction.atomic():
        return sum(Product.objects.filter(pk__in=chunk).delete()[0] for chunk in chunks(sorted(product_ids)))


def change_prices(*, product_ids: Collection[int], percent: Decimal) -> list[Product]:
    """Those whose price is another one now, to the cent. Raises ValidationError for one that is too high."""
    changed = []
    with transaction.atomic():
        for chunk in chunks(sorted(product_ids)):
            priced = Product.objects.filter(pk__in=chunk).exclude(price=None)
            for product in priced.order_by("pk").select_for_update():
                price = (product.price * (100 + percent) / 100).quantize(CENT, ROUND_HALF_UP)
                if price != product.price:
                    product.price = product._meta.get_field("price").clean(price, product)
                    changed.append(product)
        for chunk in chunks(changed):
            Product.objects.bulk_update(chunk, ["price"])
    return changed


def change_products(*, changes: Mapping[int, Mapping[str, Any]]) -> list[Product]:
    """Those that differ now, all or none; `changes` are by id, validated. Who is gone is left out. Raises SkuTaken."""
    changed: list[Product] = []
    names: set[str] = set()
    try:
        with transaction.atomic():
            for chunk in chunks(sorted(changes)):
                for product in Product.objects.filter(pk__in=chunk).order_by("pk").select_for_update():
                    if differing := _changed(product, changes[product.pk]):
                        changed.append(product)
                        names |= differing
            for chunk in chunks(changed):
                Product.objects.bulk_update(chunk, sorted(names))
    except IntegrityError as error:
        raise _named(error, [changes[product.pk].get("sku") for product in changed]) from error
    return changed


def _changed(product: Product, fields: Mapping[str, Any]) -> set[str]:
    """The names of those that were other ones."""
    differing = {name for name, value in fields.items() if getattr(product, name) != value}
    for name in differing:
        setattr(product, name, fields[name])
    return differing


def _require_version(product_id: int, versions: Collection[int] | None) -> None:
    """Locks the row, so that nobody changes it in between."""
    if versions is not None:
        product = Product.objects.select_for_update().get(pk=product_id)
        if product.version not in versions:
            raise OtherVersion(product)


def _named(error: IntegrityError, skus: Sequence[str | None]) -> Exception:
    """Asked of the database afterwards, since each names its violated constraint in its own words."""
    taken = queries.taken_skus(sku for sku in skus if sku is not None)
    return SkuTaken(taken) if taken else error
