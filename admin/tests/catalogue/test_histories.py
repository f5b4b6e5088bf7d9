"""Whatever is written, in whatever way, and taken back or not: the outbox tells each product's versions one by one."""

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any
from unittest import mock

import pytest
from catalogue import operations, querysets
from catalogue.events import timestamp
from catalogue.models import Product
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run
from outbox import writer

from tests.support import recorded

# Drawn the same way each time, so that a red run speaks of the change that it tests and comes again at will.
SETTINGS = settings(max_examples=80, stateful_step_count=25, deadline=None, database=None, derandomize=True)
Ids = list[int]


class Crash(Exception):
    pass


def save_new(title: str) -> list[Product]:
    product = Product(title=title, price="5")
    product.save()
    return [product]


def save_each(ids: Ids, title: str) -> None:
    for product in Product.objects.filter(pk__in=ids):
        product.title = title
        product.save()


def save_titles(ids: Ids, title: str) -> None:
    for product in Product.objects.filter(pk__in=ids):
        product.title, product.description = title, "not saved"
        product.save(update_fields=["title"])


def bulk_update(ids: Ids, title: str) -> None:
    products = list(Product.objects.filter(pk__in=ids))
    for product in products:
        product.title = title
    with transaction.atomic():  # Django's own one there has no savepoint to go back to
        Product.objects.bulk_update(products, ["title"])


def update_each(ids: Ids, title: str) -> None:
    for product in Product.objects.filter(pk__in=ids):
        operations.update_product(product_id=product.pk, changes={"title": title})


def load_each(ids: Ids, title: str) -> None:
    ids = list(Product.objects.filter(pk__in=ids).values_list("pk", flat=True))
    fixture = [{"model": "catalogue.product", "pk": id, "fields": {"title": title}} for id in ids]
    with transaction.atomic():
        for item in serializers.deserialize("json", json.dumps(fixture)):
            item.save()


def delete_each(ids: Ids) -> None:
    for product in Product.objects.filter(pk__in=ids):
        product.delete()


def remove_each(ids: Ids) -> None:
    for product in Product.objects.filter(pk__in=ids):
        operations.delete_product(product_id=product.pk)


CREATIONS: list[Callable[[str], list[Product]]] = [
    save_new,
    lambda title: [Product.objects.create(title=title, price=5)],
    lambda title: [Product.objects.get_or_create(title=title)[0]],
    lambda title: [Product.objects.update_or_create(sku=title, defaults={"title": title})[0]],
    lambda title: Product.objects.bulk_create(Product(title=title) for _ in range(3)),
    lambda title: [operations.create_product(fields={"title": title})],
]
CHANGES: list[Callable[[Ids, str], object]] = [
    save_each,
    save_titles,
    lambda ids, title: Product.objects.filter(pk__in=ids).update(title=title),
    lambda ids, title: Product.objects.filter(pk__in=ids).order_by("-title").update(title=title, description="new"),
    bulk_update,
    update_each,
    load_each,
]
DELETIONS: list[Callable[[Ids], object]] = [
    lambda ids: Product.objects.filter(pk__in=ids).delete(),
    delete_each,
    remove_each,
]
REFUSED: list[Callable[[Ids], object]] = [
    lambda ids: Product.objects.update(image="no URL"),
    lambda ids: Product.objects.filter(pk=max(ids)).update(title=""),
    lambda ids: Product.objects.bulk_create([Product(title="ok"), Product(title="not ok", image="no URL")]),
    lambda ids: Product.objects.create(title="not ok", image="no URL"),
]


class Histories(RuleBasedStateMachine):
    """Writes, in transactions that are committed or taken back, against the version and title of each product."""

    ids = Bundle("ids")  # also of products that are deleted, or whose creation was taken back
    read = Bundle("read")  # instances, as their programs hold them while others go on

    def __init__(self) -> None:
        super().__init__()
        self.products: dict[int, tuple[int, str | None]] = {}  # no title: deleted
        self.open: list[tuple[ExitStack, dict[int, tuple[int, str | None]]]] = []
        self.titles = (f"Lamp {number}" for number in count())
        self.begin()

    def teardown(self) -> None:
        while self.open:
            self.take_back()

    @initialize(target=ids)
    def create_some(self) -> Any:
        return self.created(Product.objects.bulk_create(Product(title="Lamp") for _ in range(2)))

    @rule(target=ids, way=st.sampled_from(CREATIONS))
    def create(self, way: Callable[[str], list[Product]]) -> Any:
        return self.created(way(next(self.titles)))

    @rule(ids=st.lists(ids, max_size=4), way=st.sampled_from(CHANGES))
    def change(self, ids: Ids, way: Callable[[Ids, str], object]) -> None:
        """Of no ids, all."""
        ids, title = ids or list(self.living()), next(self.titles)
        way(ids, title)
        self.changed(ids, title)

    @rule(ids=st.lists(ids, max_size=4), way=st.sampled_from(DELETIONS))
    def delete(self, ids: Ids, way: Callable[[Ids], object]) -> None:
        way(ids)
        self.changed(ids, None)

    @rule(target=read, id=ids)
    def read_one(self, id: int) -> Any:
        return multiple(*Product.objects.filter(pk=id))

    @rule(product=read)
    def save_what_was_read(self, product: Product) -> None:
        product.title = next(self.titles)
        if product.pk in self.living():
            product.save()
            self.changed([product.pk], product.title)
        else:
            with pytest.raises(DatabaseError):
                product.save()

    @rule(ids=st.lists(ids, min_size=1), way=st.sampled_from(REFUSED))
    def be_refused(self, ids: Ids, way: Callable[[Ids], object]) -> None:
        if max(ids) in self.living():
            with pytest.raises((ValidationError, DatabaseError)):
                way(ids)

    @rule(id=ids, way=st.sampled_from([*CHANGES, lambda ids, _: DELETIONS[0](ids)]), is_written=st.booleans())
    def crash(self, id: int, way: Callable[[Ids, str], object], is_written: bool) -> None:
        if id in self.living():
            with crashing(is_written=is_written), pytest.raises(Crash):
                way([id], "crashed")

    @precondition(lambda self: len(self.open) < 3)
    @rule()
    def begin(self) -> None:
        stack = ExitStack()
        stack.enter_context(transaction.atomic())
        self.open.append((stack, dict(self.products)))

    @precondition(lambda self: len(self.open) > 1)
    @rule()
    def commit(self) -> None:
        self.open.pop()[0].close()

    @precondition(lambda self: len(self.open) > 1)
    @rule()
    def roll_back(self) -> None:
        self.take_back()

    @invariant()
    def the_outbox_tells_each_version_once_and_the_newest_is_the_row(self) -> None:
        told = defaultdict(list)
        for event in recorded():
            told[int(event["subject"])].append(event)
        assert {id: events[-1]["data"]["version"] for id, events in told.items()} == {
            id: version for id, (version, _) in self.products.items()
        }
        assert {row.pk: (row.version, row.title) for row in Product.objects.all()} == self.living()
        rows = {row.pk: shown(row) for row in Product.objects.all()}
        for id, events in told.items():
            check(events, rows.get(id))

    def created(self, products: list[Product]) -> Any:
        self.products |= {product.pk: (1, product.title) for product in products}
        return multiple(*(product.pk for product in products))

    def changed(self, ids: Ids, title: str | None) -> None:
        self.products |= {id: (self.products[id][0] + 1, title) for id in ids if id in self.living()}

    def living(self) -> dict[int, tuple[int, str | None]]:
        return {id: product for id, product in self.products.items() if product[1] is not None}

    def take_back(self) -> None:
        stack, self.products = self.open.pop()
        transaction.set_rollback(True)
        stack.close()


def check(events: list[dict[str, Any]], row: dict[str, Any] | None) -> None:
    """The events of one product: its row as it is, or what it was when it was deleted."""
    last = events[-1]["data"]
    assert [event["data"]["version"] for event in events] == list(range(1, len(events) + 1))
    actions = ["created", *["updated"] * (len(events) - 1)]
    if row is None:
        actions[-1] = "deleted"
        row = events[-2]["data"] | {"version": last["version"], "updated_at": last["updated_at"]}
    assert [event["type"].split(".")[-2] for event in events] == actions
    assert last == row


def shown(row: Product) -> dict[str, Any]:
    names = ("id", "title", "description", "image", "sku", "version")
    times = {name: timestamp(getattr(row, name)) for name in ("created_at", "updated_at")}
    price = None if row.price is None else str(row.price)
    return {name: getattr(row, name) for name in names} | times | {"price": price}


@contextmanager
def crashing(*, is_written: bool) -> Iterator[None]:
    write = writer.write

    def crash(**options: Any) -> None:
        if is_written:
            write(**options)
        raise Crash

    with mock.patch.object(writer, "write", crash):
        yield


@pytest.mark.django_db
@pytest.mark.timeout(400)  # a red run looks for the shortest history, for up to 300 s
def test_whatever_is_written_or_taken_back_the_outbox_tells_each_version_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    monkeypatch.setattr(querysets, "CHUNK", 2)  # sets of three and four come in several
    monkeypatch.setattr(writer, "ROWS_PER_INSERT", 1)
    run(Histories, settings=SETTINGS)
