from collections.abc import Mapping
from typing import Any

from django.db.models import Max

from replica.models import DriftCheck, Product, ProductQuerySet
from replica.verdicts import Verdict


def living_products() -> ProductQuerySet:
    return Product.objects.living().order_by("id")


def row(product_id: int) -> Mapping[str, Any] | None:
    """All that the copy knows of a product, its tombstone included."""
    return Product.objects.filter(id=product_id).values().first()


def highest_id() -> int:
    """Of all products that the copy has ever heard of, 0 if of none."""
    return int(Product.objects.aggregate(highest=Max("id"))["highest"] or 0)


def last_whole_check() -> DriftCheck | None:
    """The last comparison of all products that came to its end; one that could not tell hides none that found drift."""
    ended = DriftCheck.objects.filter(is_whole=True).exclude(finished_at=None).defer("differences")
    last = ended.first()
    if last is None or last.verdict != Verdict.UNKNOWN:
        return last
    told = ended.exclude(verdict=Verdict.UNKNOWN).first()
    return told if told and told.verdict == Verdict.DRIFT else last


def drift() -> dict[str, Any] | None:
    """What the last comparison of all products found, or that the first one goes on; None: there was none yet."""
    last = last_whole_check() or DriftCheck.objects.filter(is_whole=True).running().first()
    if last is None:
        return None
    names = ("verdict", "started_at", "finished_at", "compared", "counts", "by")
    return {name: getattr(last, name) for name in names} | {"is_running": DriftCheck.objects.running().exists()}
