"""Which product an item is: by its sku first, then by where an import found it before. As few statements for many."""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

from catalogue import queries
from catalogue.models import Product

from imports.models import Origin


class Target:
    """A product that items are about, one that is there or a new one; and what is to be written to it."""

    def __init__(self, product: Product | None = None, *, is_settled: bool = False, was_counted: bool = False) -> None:
        self.product = product
        self.is_settled = is_settled  # this attempt has written it already, whatever it finds of it now
        self.was_counted = was_counted  # by this attempt or an earlier one of the same import
        self.fields: Mapping[str, Any] = {}

    @property
    def sku(self) -> str | None:
        return self.fields.get("sku") or getattr(self.product, "sku", None)

    def is_so(self, fields: Mapping[str, Any]) -> bool:
        """Whether writing these would change nothing."""
        return all(self.fields.get(name, getattr(self.product, name, None)) == value for name, value in fields.items())


class Targets:
    """The products that a batch is about, locked, so that nobody else changes them while the transaction is open."""

    def __init__(self, *, keys: Collection[str], skus: Collection[str], job_id: int, seen: Collection[int]) -> None:
        """`keys` are of origins. Raises django.db.Error."""
        locked = Origin.objects.filter(digest__in=keys).order_by("digest").select_for_update()
        self.origins = {origin.digest: origin for origin in locked}
        ids = {origin.product_id for origin in self.origins.values()}
        products = queries.locked_products(product_ids=ids, skus=skus)
        counted = Origin.objects.filter(product_id__in=[product.pk for product in products], job_id=job_id)
        counted_ids = set(counted.values_list("product_id", flat=True))
        targets = {product.pk: _target(product, counted=counted_ids, seen=seen) for product in products}
        by_key = {key: targets.get(origin.product_id) for key, origin in self.origins.items()}
        self._by_key = {key: target for key, target in by_key.items() if target}  # without the products that are gone
        self._skus = skus
        self._by_sku = {sku: targets[product.pk] for sku, product in queries.by_sku(products, skus=skus).items()}

    def find(self, *, key: str, sku: str | None) -> Target:
        """By the URL only where it is no page of several: of variants each has a sku, and the URL may be the same."""
        if found := self._by_sku.get(sku or ""):
            return found
        found = self._by_key.get(key)
        return Target() if found is None or self._is_anothers(found, sku) else found

    def is_others(self, key: str, target: Target, *, sku: str | None) -> bool:
        """Whether this URL leads to another product of the same page."""
        found = self._by_key.get(key)
        return found is not None and found is not target and self._is_anothers(found, sku)

    def _is_anothers(self, found: Target, sku: str | None) -> bool:
        is_seen = found.is_settled or found.sku in self._skus
        return bool(sku) and found.sku not in (None, sku) and is_seen

    def remember(self, target: Target, *, key: str, sku: str | None) -> None:
        """Who comes later in the batch with the same key or sku is about the same product."""
        self._by_key[key] = target
        if sku:
            self._by_sku[sku] = target


def _target(product: Product, *, counted: Collection[int], seen: Collection[int]) -> Target:
    return Target(product, is_settled=product.pk in seen, was_counted=product.pk in counted)


def key_of(*, url: str | None, sku: str | None) -> str:
    """The digest of an origin; empty where there is nothing to find the product again by."""
    if not url and not sku:
        return ""
    return hashlib.sha256((f"url {url}" if url else f"sku {sku}").encode()).hexdigest()
