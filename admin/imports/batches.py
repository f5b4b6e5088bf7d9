"""A batch of items: what is to be written for them, and the writing, within the transaction that is open."""

from collections.abc import Mapping, Sequence, Set

from catalogue import operations
from django.utils import timezone

from imports.checking import Checked
from imports.items import Unusable
from imports.matching import Target, Targets
from imports.models import Origin

UNTITLED = "title: This field is required."  # the catalogue's words
AGAIN = "{} is left out: this import has the product already, with other contents. The first one stands."


class Batch:
    def __init__(self, many: Sequence[Checked], *, job_id: int, seen: Set[int]) -> None:
        """`seen`: ids of products that this attempt has written. Raises django.db.Error."""
        self.rejected: list[Unusable] = []
        self.notes: list[str] = []
        self._job_id = job_id
        skus = {one.sku for one in many if one.sku}
        keys = {key for one in many for key in (one.key, one.key_of_sku) if key}
        self._targets = Targets(keys=keys, skus=skus, job_id=job_id, seen=seen)
        self._seen: dict[str, tuple[Target, str]] = {}  # by key, with the URL
        self._targeted = [target for one in many if (target := self._plan(one))]

    def write(self) -> Mapping[str, int]:
        """What became of how many. Raises SkuTaken, django.db.Error: then nothing may be committed."""
        new = [target for target in self._targeted if not target.product]
        changes = {target.product.pk: target.fields for target in self._targeted if target.product}
        created = operations.create_products(many=[target.fields for target in new])
        updated = operations.change_products(changes=changes)
        for target, product in zip(new, created, strict=True):
            target.product = product
        self._write_origins()
        # What an earlier attempt has counted is written anew, since the shop may have changed, and counted once.
        anew = {target.product.pk for target in self._targeted if target.product and target.was_counted}
        changed = {product.pk for product in updated} - anew
        return {
            "created": len(created),
            "updated": len(changed),
            "unchanged": len(changes.keys() - changed - anew),
            "rejected": len(self.rejected),
        }

    @property
    def written(self) -> set[int]:
        """The ids of the products, once they are."""
        return {target.product.pk for target in self._targeted if target.product}

    def _plan(self, one: Checked) -> Target | None:
        """Whom it is to be written to; None where it is not."""
        target = self._targets.find(key=one.key, sku=one.sku)
        is_first = not target.is_settled
        if is_first and target.product is None and "title" not in one.fields:
            self.rejected.append(Unusable(where=one.where, reason=UNTITLED))
            return None
        if is_first:
            target.fields, target.is_settled = one.fields, True
        elif not target.is_so(one.fields):
            self.notes.append(AGAIN.format(one.where))
        key = one.key_of_sku if self._targets.is_others(one.key, target, sku=one.sku) else one.key
        self._targets.remember(target, key=key, sku=one.sku)
        self._seen[key] = target, one.url
        return target if is_first else None

    def _write_origins(self) -> None:
        """Inserted, not upserted: where two imports find one new product at once, the second is to find the first's."""
        stamp = {"job_id": self._job_id, "seen_at": timezone.now()}
        new, moved = [], []
        for key, (target, url) in self._seen.items():
            assert target.product
            origin = self._targets.origins.get(key)
            if origin is None:
                new.append(Origin(digest=key, url=url, product_id=target.product.pk, **stamp))
            elif origin.product_id != target.product.pk:
                origin.product_id = target.product.pk
                moved.append(origin)
        Origin.objects.filter(digest__in=self._seen.keys() & self._targets.origins.keys()).update(**stamp)
        Origin.objects.bulk_update(moved, ["product_id"])
        Origin.objects.bulk_create(new)
