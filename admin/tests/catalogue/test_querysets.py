"""Products by sets. That no way of writing them is silent, test_no_way_is_silent.py says for all ways at once."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from catalogue import querysets
from catalogue.models import Product
from django.db import NotSupportedError, transaction
from django.db.models import F
from outbox.models import OutboxEvent

from tests.support import forget, recorded, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def lamps(monkeypatch: pytest.MonkeyPatch) -> list[Product]:
    """Five products, more than are written at a time."""
    monkeypatch.setattr(querysets, "CHUNK", 2)
    products = Product.objects.bulk_create(Product(title=f"Lamp {n}", price=n) for n in range(5))
    forget()
    return products


def versions() -> list[int]:
    return list(Product.objects.order_by("id").values_list("version", flat=True))


def test_an_update_tells_each_row_once_in_the_order_of_ids(lamps: list[Product]) -> None:
    assert Product.objects.order_by("-price").update(title="Lantern") == 5
    assert told() == [("updated", str(lamp.pk), 2) for lamp in lamps]
    assert versions() == [2] * 5


def test_an_update_of_some_leaves_the_others(lamps: list[Product]) -> None:
    assert Product.objects.filter(price__lt=2).update(price=F("price") + 10) == 2
    assert [event["data"]["price"] for event in recorded()] == ["10.00", "11.00"]
    assert versions() == [2, 2, 1, 1, 1]


def test_an_update_that_changes_what_it_filters_by_tells_all_it_changed(lamps: list[Product]) -> None:
    assert Product.objects.filter(price__lt=10).update(price=99) == 5
    assert [event["data"]["price"] for event in recorded()] == ["99.00"] * 5


def test_an_update_gives_its_rows_one_time(lamps: list[Product]) -> None:
    Product.objects.update(title="Lantern")
    assert Product.objects.values("updated_at").distinct().count() == 1
    assert recorded()[0]["data"]["updated_at"] > recorded()[0]["data"]["created_at"]


def test_a_delete_tells_each_row_once_with_its_last_content(lamps: list[Product]) -> None:
    assert Product.objects.all().delete() == (5, {"catalogue.Product": 5})
    assert told() == [("deleted", str(lamp.pk), 2) for lamp in lamps]
    assert [event["data"]["title"] for event in recorded()] == [f"Lamp {n}" for n in range(5)]


def test_a_delete_of_some_leaves_the_others(lamps: list[Product]) -> None:
    assert Product.objects.filter(price__gte=2).delete() == (3, {"catalogue.Product": 3})
    assert versions() == [1, 1]


def test_a_slice_is_not_deleted(lamps: list[Product]) -> None:
    with pytest.raises(TypeError, match="limit"):
        Product.objects.all()[:2].delete()
    assert len(versions()) == 5


def test_bulk_create_gives_ids_and_tells_each(lamps: list[Product]) -> None:
    created = Product.objects.bulk_create([Product(title="a", version=7), Product(title="b")], batch_size=1)
    assert told() == [("created", str(product.pk), 1) for product in created]
    assert [event["data"]["title"] for event in recorded()] == ["a", "b"]


@pytest.mark.parametrize(
    "options",
    [
        {"ignore_conflicts": True},
        {"update_conflicts": True, "update_fields": ["title"], "unique_fields": ["sku"]},
    ],
)
def test_bulk_create_refuses_to_guess_what_became_of_conflicts(lamp: Product, options: dict[str, Any]) -> None:
    with pytest.raises(NotSupportedError, match="batch_size alone"):
        Product.objects.bulk_create([Product(title="Lantern", sku="L-1")], **options)
    with pytest.raises(NotSupportedError, match="batch_size alone"):
        Product.objects.bulk_create([Product(title="Lantern", sku="L-1")], None, True)
    assert told() == []


def test_bulk_update_tells_what_is_stored(lamps: list[Product]) -> None:
    for lamp in lamps:
        lamp.title = lamp.title.upper()
    assert Product.objects.bulk_update(lamps, ["title"]) == 5
    assert [event["data"]["title"] for event in recorded()] == [f"LAMP {n}" for n in range(5)]
    assert versions() == [2] * 5


@pytest.mark.parametrize("field", ["version", "id", "pk"])
def test_id_and_version_cannot_be_updated(lamp: Product, field: str) -> None:
    with pytest.raises(ValueError, match="cannot be set"):
        Product.objects.update(**{field: 9})
    assert versions() == [1]


@pytest.mark.parametrize("field", ["version", "id"])
def test_id_and_version_cannot_be_updated_in_bulk(lamp: Product, field: str) -> None:
    with pytest.raises(ValueError, match="cannot be"), transaction.atomic():
        Product.objects.bulk_update([lamp], [field])
    assert versions() == [1]


def test_the_asynchronous_ways_are_not_silent_either() -> None:
    @async_to_sync
    async def write() -> None:
        product = await Product.objects.acreate(title="Lamp")
        await product.asave()
        await Product.objects.aupdate(title="Lantern")
        await Product.objects.filter(pk=product.pk).adelete()

    write()
    assert [(action, version) for action, _, version in told()] == [
        ("created", 1), ("updated", 2), ("updated", 3), ("deleted", 4),
    ]  # fmt: skip


def test_a_large_set_is_not_told_row_by_row(django_assert_max_num_queries: Any) -> None:
    """Set-wise: a statement a row would take minutes for a catalogue."""
    Product.objects.bulk_create(Product(title="Lamp") for _ in range(300))
    for write in (lambda: Product.objects.update(title="Lantern"), lambda: Product.objects.all().delete()):
        with django_assert_max_num_queries(10):
            write()
    assert OutboxEvent.objects.count() == 900
