"""The set-wise writes of products. Each records its events in the transaction that changes the rows: none is silent."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from django.db import NotSupportedError, connection, models, transaction
from django.db.models import F
from django.db.models.expressions import Combinable
from django.utils import timezone
from outbox import writer

from catalogue import events

if TYPE_CHECKING:
    from catalogue.models import Product

CHUNK = 500
CENT = Decimal("0.01")
Action = Literal["created", "updated", "deleted"]


class ProductQuerySet(models.QuerySet["Product"]):
    def update(self, **changes: Any) -> int:
        """Changes the rows, raises their version by one and records an `updated` event for each."""
        refuse_counted(changes)
        with transaction.atomic():
            ids = list(self.order_by("pk").select_for_update().values_list("pk", flat=True))
            stamped = {"updated_at": timezone.now()} | changes | {"version": F("version") + 1}
            for chunk in chunks(ids):
                super(ProductQuerySet, self.order_by().filter(pk__in=chunk)).update(**stamped)
                record("updated", self.model.objects.filter(pk__in=chunk))
        return len(ids)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Deletes the rows and records a `deleted` event for each, with its last content and the next version."""
        if self.query.is_sliced:
            raise TypeError("Cannot use 'limit' or 'offset' with delete().")
        count = 0
        with transaction.atomic():
            now = timezone.now()
            for chunk in chunks(self.order_by("pk").select_for_update()):
                for product in chunk:
                    product.version += 1
                    product.updated_at = now
                super(ProductQuerySet, self.model.objects.filter(pk__in=[p.pk for p in chunk])).delete()
                record("deleted", chunk)
                count += len(chunk)
        return count, {self.model._meta.label: count} if count else {}

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable["Product"], *args: Any, **options: Any) -> list["Product"]:
        """Inserts the products and records a `created` event for each."""
        if args or options.keys() - {"batch_size"}:
            raise NotSupportedError(
                "bulk_create of products takes batch_size alone: no event could tell a conflict's outcome."
            )
        products = list(objs)
        refuse_own_ids(products)
        if not connection.features.can_return_rows_from_bulk_insert:
            raise NotSupportedError(
                "bulk_create of products needs MariaDB, PostgreSQL or SQLite: MySQL returns no ids."
            )
        now = timezone.now()
        for product in products:
            product.version, product.created_at, product.updated_at = 1, now, now
        with transaction.atomic():
            insert(products, lambda: super(ProductQuerySet, self).bulk_create(products, **options))
        return products


class ProductManager(models.Manager.from_queryset(ProductQuerySet)["Product"]):  # type: ignore[misc]
    """Django's `bulk_update`, `get_or_create` and the like end in the methods above or in `Product.save`."""


def insert(products: Sequence["Product"], write: Callable[[], object]) -> None:
    """Has the new products written and records their events, within the transaction that is open.

    Raises ValidationError, as `record` does. Rows are read back only where the database decides what is in them.
    """
    if any(isinstance(value, Combinable) for product in products for value in vars(product).values()):
        write()
        for chunk in chunks(products):
            record("created", type(products[0]).objects.filter(pk__in=[product.pk for product in chunk]))
        return
    for product in products:
        _prepare(product)
    write()
    _tell("created", products)


def record(action: Action, products: Iterable["Product"]) -> None:
    """Writes one event for each product into the outbox, within the transaction that is open.

    Raises ValidationError for what subscribers would refuse: the ORM, unlike the API, lets it come this far.
    """
    products = list(products)
    if action != "deleted":
        for product in products:
            product.clean_fields()
    _tell(action, products)


def _tell(action: Action, products: Sequence["Product"]) -> None:
    writer.write(events=[events.product_event(action=action, product=product) for product in products])


def _prepare(product: "Product") -> None:
    """Makes the instance what its row will be: text is text, the price is in cents, and zero has no sign."""
    for field in product._meta.concrete_fields:
        if field.blank:  # clean_fields leaves those alone that hold something empty, a list for instance
            setattr(product, field.attname, field.to_python(getattr(product, field.attname)))
    if product.price is not None:
        product.price = product.price.quantize(CENT, ROUND_HALF_UP) + 0
    product.clean_fields()


def refuse_counted(names: Collection[str]) -> None:
    """A product's id is for ever and its version counts its changes: the copies tell new from old by them."""
    if taken := {"id", "pk", "version"} & set(names):
        raise ValueError(f"A product's {', '.join(sorted(taken))} cannot be set: it is given and counted here.")


def refuse_own_ids(products: Iterable["Product"]) -> None:
    """An id that was used before would begin again below its tombstone's version: the copies would call it stale."""
    if any(product.pk is not None for product in products):
        raise ValueError("A new product's id cannot be chosen: it is given here, and never a second time.")


def chunks(items: Iterable[Any]) -> Iterator[Sequence[Any]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
