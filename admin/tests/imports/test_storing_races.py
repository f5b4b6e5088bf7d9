"""Imports at the same time, and other writers among them, each on a thread and a connection of its own."""

from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from catalogue import operations
from catalogue.models import Product
from django.db import Error, IntegrityError, OperationalError
from imports import storing
from imports.items import Item
from imports.storing import store
from jobs.runs import Run

from tests.imports.made import a_run, an_item, counted, said
from tests.support import forget, together, told

pytestmark = pytest.mark.django_db(transaction=True)
MANY = range(40)


def storing_in(run: Run, items: Sequence[Item], *, of: int = 10) -> Callable[[], None]:
    def write() -> None:
        for start in range(0, len(items), of):
            store(run, items[start : start + of])

    return write


def events_of() -> Counter[tuple[str, int]]:
    return Counter((action, version) for action, _, version in told())


@pytest.mark.parametrize("more", [{}, {"sku": None}, {"url": None}], ids=["both", "by url", "by sku"])
def test_two_imports_of_the_same_new_products_create_each_once(more: dict[str, None]) -> None:
    a, b = a_run(), a_run()
    items = [an_item(number, **more) for number in MANY]
    for done in together(storing_in(a, items), storing_in(b, items[::-1])):
        done.result()
    assert Product.objects.count() == len(told()) == len(MANY)
    assert counted(a)[0] + counted(b)[0] == counted(a)[2] + counted(b)[2] == len(MANY)


def test_imports_in_opposite_orders_do_not_deadlock() -> None:
    store(a_run(), [an_item(number) for number in MANY])
    forget()
    a, b = a_run(), a_run()
    up = [an_item(number, title="up") for number in MANY]
    down = [an_item(number, title="down") for number in reversed(MANY)]
    for done in together(storing_in(a, up), storing_in(b, down)):
        done.result()
    assert (sum(counted(a)), sum(counted(b))) == (len(MANY), len(MANY))
    changes = counted(a)[1] + counted(b)[1]
    assert sum(Product.objects.values_list("version", flat=True)) == len(MANY) + changes
    assert len(set(told())) == len(told()) == changes


def test_other_writers_among_an_import_lose_nothing() -> None:
    store(a_run(), [an_item(number) for number in MANY])
    forget()
    ids = list(Product.objects.values_list("pk", flat=True))

    def change() -> None:
        for product_id in reversed(ids):
            operations.update_product(product_id=product_id, changes={"description": "By hand."})

    run = a_run()
    for done in together(storing_in(run, [an_item(number, title="new") for number in MANY]), change):
        done.result()
    assert set(Product.objects.values_list("title", "description", "version")) == {("new", "By hand.", 3)}
    assert events_of() == {("updated", 2): len(MANY), ("updated", 3): len(MANY)}


def test_products_that_are_deleted_meanwhile_are_created_anew_or_gone() -> None:
    store(a_run(), [an_item(number) for number in MANY])
    forget()
    ids = list(Product.objects.values_list("pk", flat=True))

    def delete() -> None:
        for product_id in ids:
            operations.delete_product(product_id=product_id)

    run = a_run()
    for done in together(storing_in(run, [an_item(number, title="new") for number in MANY]), delete):
        done.result()
    created, updated, unchanged, rejected = counted(run)
    assert (created + updated, unchanged, rejected) == (len(MANY), 0, 0)
    assert Product.objects.count() == created


def test_who_takes_a_sku_first_has_it_and_the_import_finds_that_product() -> None:
    def create() -> list[bool]:
        made = []
        for number in MANY:
            try:
                operations.create_product(fields={"title": "By hand", "sku": f"L-{number}"})
                made.append(True)
            except operations.SkuTaken:
                made.append(False)
        return made

    run = a_run()
    results = together(storing_in(run, [an_item(number) for number in MANY]), create)
    assert results[0].result() is None
    created, updated, unchanged, rejected = counted(run)
    assert (created + updated, unchanged, rejected) == (len(MANY), 0, 0)
    assert sum(results[1].result() or ()) == updated
    assert Product.objects.count() == len(MANY)


@pytest.mark.parametrize(
    "error", [OperationalError("deadlock"), IntegrityError("duplicate"), operations.SkuTaken(["x"])]
)
def test_a_batch_in_another_one_s_way_is_tried_again(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    write, failures = storing._write, [error, error]

    def failing(*arguments: object) -> None:
        if failures:
            raise failures.pop()
        write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(storing, "_write", failing)
    run = a_run()
    store(run, [an_item(1), an_item(2)])
    assert (counted(run), len(told())) == ((2, 0, 0, 0), 2)


def test_a_database_that_fails_on_and_on_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(storing, "_write", failing)
    with pytest.raises(Error, match="gone"):
        store(a_run(), [an_item(1)])


def test_one_that_the_database_refuses_does_not_take_the_others_along(monkeypatch: pytest.MonkeyPatch) -> None:
    create = operations.create_products

    def refusing(*, many: Sequence[dict[str, object]]) -> list[Product]:
        if any(fields["title"] == "Lamp 2" for fields in many):
            raise IntegrityError("not that one")
        return create(many=many)

    monkeypatch.setattr(operations, "create_products", refusing)
    run = a_run()
    store(run, [an_item(1), an_item(2), an_item(3)])
    assert counted(run) == (2, 0, 0, 1)
    assert "Rejected row 2: The database refuses it: not that one" in said(run)
