import zlib
from typing import Any

from django.db import models
from django.utils import timezone


class Packed(models.BinaryField):  # type: ignore[type-arg]
    """Compressed where it is stored: MariaDB takes no more than max_allowed_packet at once, 16 MiB by default."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return super().get_db_prep_value(zlib.compress(bytes(value)), connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> bytes:
        return zlib.decompress(value)


class Upload(models.Model):
    """An uploaded file, in the database since the workers may be on other machines."""

    job = models.OneToOneField("jobs.Job", models.CASCADE, primary_key=True)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=255, default="", blank=True)
    content = Packed()

    def __str__(self) -> str:
        return self.name


class Origin(models.Model):
    """Where a product came from, so that the next import finds it again.

    No foreign keys: a product's id is never given twice, and neither deleting products nor pruning jobs should pay.
    """

    digest = models.CharField(max_length=64, primary_key=True)  # SHA-256 of "sku <sku>" or "url <source URL>"
    product_id = models.BigIntegerField()
    job_id = models.BigIntegerField()  # the import that saw it last, which counts it once over all its attempts
    url = models.TextField(default="", blank=True)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (models.Index(fields=("product_id",), name="origin_of_product"),)

    def __str__(self) -> str:
        return self.url or self.digest


class Host(models.Model):
    """When a host may be asked again, over all workers."""

    name = models.CharField(max_length=255, primary_key=True)  # host:port
    free_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
