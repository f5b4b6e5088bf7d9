"""`loaddata` saves rows past Product.save; Django's signals are its only hook, so its events are recorded here."""

from typing import Any

from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
from outbox import writer

from catalogue.models import Product
from catalogue.querysets import record


@receiver(pre_save, sender=Product)
def number(instance: Product, raw: bool, **_: Any) -> None:
    """A fixture's version must be newer than the row that it replaces, or subscribers would call it stale."""
    if raw:
        writer.require_transaction()
        current = Product.objects.select_for_update().filter(pk=instance.pk).values_list("version", flat=True).first()
        instance.version = max(instance.version, (current or 0) + 1)


@receiver(post_save, sender=Product)
def record_loaded(instance: Product, raw: bool, created: bool, **_: Any) -> None:
    if raw:
        record("created" if created else "updated", Product.objects.filter(pk=instance.pk))
