"""The copy. Only the projection writes it; it holds no unique key but the id, since events may arrive in any order.

Beside it, what was done to it as a whole: fillings from the snapshot, and comparisons with admin's products.
"""

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import DateTimeField, ExpressionWrapper
from django.db.models.functions import Now

ALIVE = timedelta(seconds=30)  # a run tells of itself every second, later where admin takes its 15 s to give no answer


class ProductQuerySet(models.QuerySet["Product"]):
    def living(self) -> "ProductQuerySet":
        """Without the tombstones."""
        return self.filter(deleted_at=None)


class Product(models.Model):
    """A product as its newest event says; once deleted, its tombstone: id, version, deleted_at, contents emptied."""

    id = models.BigIntegerField(primary_key=True)
    title = models.CharField(max_length=200)
    description = models.TextField()
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    image = models.CharField(max_length=500)
    sku = models.CharField(max_length=64, null=True)  # noqa: DJ001  none is not empty, as on admin
    version = models.BigIntegerField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField()
    trace_id = models.CharField(
        max_length=32, default="", db_default="", blank=True
    )  # of the event that wrote this, if any did

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.title} ({self.id}, version {self.version})"


class Bootstrap(models.Model):
    """One filling of the copy from admin's snapshot, and how far it has come: a killed one goes on from there."""

    since = models.DateTimeField(null=True)
    after = models.BigIntegerField(default=0)
    read = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"from {self.started_at:%Y-%m-%d %H:%M:%S}, after product {self.after}"


class DriftCheckQuerySet(models.QuerySet["DriftCheck"]):
    def running(self) -> "DriftCheckQuerySet":
        """By the database's clock: one that went silent has lost its process."""
        return self.filter(finished_at=None, beat_at__gte=_alive_since())

    def silent(self) -> "DriftCheckQuerySet":
        return self.filter(finished_at=None, beat_at__lt=_alive_since())


def _alive_since() -> "ExpressionWrapper[Any]":
    return ExpressionWrapper(Now() - ALIVE, DateTimeField())


class DriftCheck(models.Model):
    """One run of the drift check, by whomever: what was asked of it, how far it is, and what it found."""

    class Kind(models.TextChoices):
        CHECK = "check"
        REPAIR = "repair"
        REPAIR_DOWNWARD = "repair_downward", "repair, downward too"

    kind = models.CharField(max_length=16, choices=Kind)
    by = models.CharField(max_length=200)
    is_whole = models.BooleanField(default=True)  # all products, or `only_ids`
    only_ids = models.JSONField(default=list)
    # Of pages' runs one at a time: true while it goes on, and unique, so that a second one cannot begin.
    is_alone = models.BooleanField(null=True, unique=True)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    said = models.CharField(max_length=200, default="", blank=True)
    verdict = models.CharField(max_length=8, default="", blank=True)
    error = models.CharField(max_length=1000, default="", blank=True)
    compared = models.PositiveBigIntegerField(default=0)
    counts = models.JSONField(default=dict)  # by kind of difference: those that still differ
    repaired = models.JSONField(default=dict)  # by it, or by a later run
    on_their_way = models.PositiveBigIntegerField(default=0)
    is_cut_short = models.BooleanField(default=False)
    differences = models.JSONField(default=list)  # the first ones: id, kind, admin_version, copy_version, is_repaired

    objects = DriftCheckQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        permissions = (("repair_driftcheck", "Can repair drift"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"
