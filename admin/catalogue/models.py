"""The product. No way of writing one through the ORM is silent: one by one here, set-wise in querysets.py."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import (
    MaxLengthValidator,
    MinValueValidator,
    ProhibitNullCharactersValidator,
    URLValidator,
)
from django.db import models, transaction
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan
from django.utils import timezone

from catalogue.querysets import ProductManager, insert, record, refuse_counted, refuse_own_ids

no_nul = ProhibitNullCharactersValidator()
http_url = URLValidator(schemes=["http", "https"])


class Product(models.Model):
    title = models.CharField(max_length=200, validators=[no_nul])
    description = models.TextField(blank=True, default="", validators=[MaxLengthValidator(10_000), no_nul])
    price = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(Decimal(0))]
    )
    image = models.CharField(max_length=500, blank=True, default="", validators=[http_url])
    sku = models.CharField(max_length=64, null=True, blank=True, unique=True, validators=[no_nul])
    version = models.PositiveBigIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[ProductManager] = ProductManager()

    class Meta:
        ordering = ("id",)
        constraints = (
            # By length, since MariaDB's default collation takes a text of invisible characters for an empty one.
            models.CheckConstraint(condition=GreaterThan(Length("title"), 0), name="product_has_a_title"),
            models.CheckConstraint(condition=GreaterThan(Length("sku"), 0), name="product_sku_is_not_empty"),
            models.CheckConstraint(condition=models.Q(price__gte=0), name="product_price_is_not_negative"),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="product_version_is_positive"),
        )

    def __str__(self) -> str:
        return self.title

    def save(self, *, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        """Saves and records the event in one transaction. A product deleted meanwhile is an error, not created anew."""
        update_fields = None if update_fields is None else set(update_fields)
        refuse_counted(update_fields or set())
        is_new = self._state.adding
        if is_new:
            refuse_own_ids([self])
        else:
            options["force_update"] = True
        with transaction.atomic():
            self.version = self._next_version()
            self.updated_at = timezone.now()
            if is_new:
                self.created_at = self.updated_at
            if update_fields is not None:
                update_fields |= {"version", "updated_at"}
            if is_new:
                insert([self], lambda: super(Product, self).save(update_fields=update_fields, **options))
            else:
                super().save(update_fields=update_fields, **options)
                # Read back: the instance may hold strings, expressions, or fields that update_fields left alone.
                record("updated", type(self).objects.filter(pk=self.pk))

    def delete(self, using: Any = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Deletes this product and records the event, as the QuerySet does it."""
        deleted: tuple[int, dict[str, int]] = type(self).objects.filter(pk=self.pk).delete()
        return deleted

    def _next_version(self) -> int:
        if self.pk is None:
            return 1
        current = type(self).objects.select_for_update().filter(pk=self.pk).values_list("version", flat=True).first()
        return (current or 0) + 1


class IdempotentAnswer(models.Model):
    """What a POST with an Idempotency-Key was answered: see idempotency.py."""

    key = models.CharField(max_length=64, primary_key=True)  # digests: a collation must not take two keys for one
    body = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.key
