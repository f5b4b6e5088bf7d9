"""Writers at the same time, each on a connection of its own: every commit has its version and its event."""

from collections import Counter
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from catalogue import operations
from catalogue.models import Product
from django.db import DatabaseError, transaction
from django.db.models import F

from tests.conftest import JSONClient
from tests.support import forget, recorded, together, told

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


def times(write: Callable[[], object]) -> Callable[[], None]:
    def rounds() -> None:
        for _ in range(ROUNDS):
            write()

    return rounds


def test_changes_of_one_product_get_one_version_and_one_event_each(lamp: Product) -> None:
    def save() -> None:
        product = Product.objects.get(pk=lamp.pk)
        product.description = "changed"
        product.save(update_fields=["description"])

    writers = [
        save,
        lambda: Product.objects.filter(pk=lamp.pk).update(price=F("price") + 1),
        lambda: operations.update_product(product_id=lamp.pk, changes={"title": "Lantern"}),
        lambda: JSONClient().patch(f"/api/products/{lamp.pk}", {"image": ""}),
    ]
    for done in together(*map(times, writers)):
        done.result()

    changes = ROUNDS * len(writers)
    product = Product.objects.get()
    assert product.version == 1 + changes
    assert float(product.price or 0) == pytest.approx(19.90 + ROUNDS)
    assert sorted(version for _, _, version in told()) == list(range(2, 2 + changes))


def test_the_newest_event_is_the_row_as_it_is(lamp: Product) -> None:
    """Each event holds the row as its own change left it, not as another one did a moment later."""

    def rename(name: str) -> Callable[[], object]:
        return times(lambda: Product.objects.filter(pk=lamp.pk).update(title=name))

    for done in together(*(rename(name) for name in ("a", "b", "c"))):
        done.result()
    newest = max(recorded(), key=lambda event: event["sequence"])
    assert newest["data"]["title"] == Product.objects.get().title
    assert Counter(event["data"]["title"] for event in recorded()) == dict.fromkeys("abc", ROUNDS)


def test_of_conditional_changes_at_once_one_comes_true(lamp: Product) -> None:
    """What the condition was true for is locked, or a change that did not happen would be told."""

    def sell() -> int:
        return Product.objects.filter(pk=lamp.pk, title="Lamp").update(title="Lamp (sold)")

    assert sorted(done.result() for done in together(*[sell] * 6)) == [0, 0, 0, 0, 0, 1]
    assert told() == [("updated", str(lamp.pk), 2)]


def test_sets_in_opposite_orders_do_not_deadlock() -> None:
    """F6: {a, b} and {b, a}; the keys are locked in one order whatever the set is sorted by."""
    Product.objects.bulk_create(Product(title=f"Lamp {n}") for n in range(10))
    forget()
    for done in together(
        times(lambda: Product.objects.order_by("title").update(title="up")),
        times(lambda: Product.objects.order_by("-title", "-id").update(title="down")),
        times(lambda: Product.objects.order_by("-id").update(price=1)),
    ):
        done.result()
    assert Counter(told()) == {
        ("updated", str(product.pk), version): 1 for product in Product.objects.all() for version in range(2, 17)
    }


def test_transactions_in_opposite_orders_leave_as_many_events_as_commits() -> None:
    """The database ends a deadlock by failing one of the two; what it undoes takes its events along."""
    a, b = Product.objects.bulk_create([Product(title="a"), Product(title="b")])
    forget()
    met = {a.pk: Event(), b.pk: Event()}

    def change(first: int, second: int) -> bool:
        try:
            with transaction.atomic():
                Product.objects.filter(pk=first).update(title="changed")
                met[first].set()
                met[second].wait(1)  # SQLite lets one in at a time: then the other never comes
                Product.objects.filter(pk=second).update(title="changed")
        except DatabaseError:
            return False
        return True

    committed = [done.result() for done in together(lambda: change(a.pk, b.pk), lambda: change(b.pk, a.pk))]
    assert any(committed)
    versions = {str(product.pk): product.version for product in Product.objects.all()}
    assert set(versions.values()) == {1 + sum(committed)}
    assert sorted(told()) == sorted(("updated", id, v) for id in versions for v in range(2, 2 + sum(committed)))


def test_a_delete_among_changes_is_the_last_word(lamp: Product) -> None:
    def update() -> None:
        Product.objects.filter(pk=lamp.pk).update(title="Lantern")

    def delete() -> None:
        operations.delete_product(product_id=lamp.pk)

    for done in together(times(update), delete, times(update)):
        done.result()
    by_version = sorted(told(), key=lambda event: event[2])
    assert [version for _, _, version in by_version] == list(range(2, 2 + len(by_version)))
    assert [action for action, _, _ in by_version[:-1]] == ["updated"] * (len(by_version) - 1)
    assert by_version[-1][0] == "deleted"


def test_a_save_among_deletes_does_not_resurrect(lamp: Product) -> None:
    def save() -> bool:
        product = Product(pk=lamp.pk, title="Lantern")
        product._state.adding = False
        try:
            product.save()
        except DatabaseError:
            return False
        return True

    def delete() -> int:
        return Product.objects.filter(pk=lamp.pk).delete()[0]

    results: list[Any] = [done.result() for done in together(save, delete, save, delete)]
    assert sorted(results[1::2]) == [0, 1]
    assert not Product.objects.exists()
    assert sorted(told(), key=lambda event: event[2])[-1][0] == "deleted"


def test_of_requests_for_one_sku_one_wins_and_the_others_learn_why() -> None:
    def create() -> int:
        return int(JSONClient().post("/api/products", {"title": "Lamp", "sku": "L-1"}).status_code)

    assert sorted(done.result() for done in together(create, create, create, create)) == [201, 400, 400, 400]
    assert len(told()) == 1
