"""The copy. Only the projection writes it; it holds no unique key but the id, since events may arrive in any order."""

from django.db import models


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
