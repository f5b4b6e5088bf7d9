"""Products one by one. That no way of writing them is silent, test_no_way_is_silent.py says for all ways at once."""

from typing import Any

import pytest
from catalogue.models import Product
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError
from django.db.models import F
from outbox.models import OutboxEvent

from tests.support import recorded, told

pytestmark = pytest.mark.django_db


def test_a_product_is_shown_by_its_title() -> None:
    assert str(Product(title="Lamp")) == "Lamp"


def test_a_new_product_has_version_1_and_one_time() -> None:
    product = Product.objects.create(title="Lamp", version=99)
    product.refresh_from_db()
    assert product.version == 1
    assert product.created_at == product.updated_at


def test_a_save_moves_its_time_on_and_keeps_when_it_was_created(lamp: Product) -> None:
    created_at, updated_at = lamp.created_at, lamp.updated_at
    lamp.save()
    lamp.refresh_from_db()
    assert lamp.created_at == created_at
    assert lamp.updated_at > updated_at


def test_what_an_instance_says_of_its_version_does_not_count(lamp: Product) -> None:
    lamp.version = 99
    lamp.save()
    assert lamp.version == 2


def test_two_instances_of_one_product_get_two_versions(lamp: Product) -> None:
    stale = Product.objects.get(pk=lamp.pk)
    lamp.save()
    stale.save()
    assert (lamp.version, stale.version) == (2, 3)


def test_saving_some_fields_tells_the_row_and_not_the_instance(lamp: Product) -> None:
    lamp.title, lamp.price = "Lantern", "99.00"
    lamp.save(update_fields=["title"])
    data = recorded()[0]["data"]
    assert (data["title"], data["price"]) == ("Lantern", "19.90")


def test_a_field_set_to_an_expression_is_told_as_its_value(lamp: Product) -> None:
    lamp.price = F("price") + 1
    lamp.save()
    assert recorded()[0]["data"]["price"] == "20.90"


@pytest.mark.parametrize(
    ("given", "told"),
    [(None, None), ("0", "0.00"), ("-0.00", "0.00"), (5, "5.00"), ("9999999999.99", "9999999999.99"), (0.1, "0.10")],
)
def test_a_price_is_told_with_two_decimals(given: Any, told: str | None) -> None:
    Product.objects.create(title="Lamp", price=given)
    assert recorded()[0]["data"]["price"] == told


def test_an_event_is_of_the_time_of_its_change(lamp: Product) -> None:
    lamp.save()
    event = OutboxEvent.objects.get()
    assert (event.aggregatetype, event.aggregateid) == ("product", str(lamp.pk))
    assert recorded()[0]["time"] == lamp.updated_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_a_new_product_cannot_choose_its_id(lamp: Product) -> None:
    for write in (Product.save, lambda product: Product.objects.bulk_create([product])):
        with pytest.raises(ValueError, match="id cannot be chosen"):
            write(Product(pk=lamp.pk + 1, title="Lantern"))
    assert Product.objects.get() == lamp
    assert told() == []


def test_a_product_deleted_meanwhile_is_not_saved_anew(lamp: Product) -> None:
    Product.objects.filter(pk=lamp.pk).delete()
    OutboxEvent.objects.all().delete()
    with pytest.raises(DatabaseError):
        lamp.save()
    assert not Product.objects.exists()
    assert told() == []


def test_deleting_tells_the_last_content_with_the_next_version(lamp: Product) -> None:
    assert lamp.delete() == (1, {"catalogue.Product": 1})
    event = recorded()[0]
    assert event["sequence"] == "00000000000000000002"
    assert (event["data"]["title"], event["data"]["version"]) == ("Lamp", 2)


def test_deleting_what_another_has_deleted_tells_nothing(lamp: Product) -> None:
    Product.objects.get(pk=lamp.pk).delete()
    OutboxEvent.objects.all().delete()
    assert lamp.delete() == (0, {})
    assert told() == []


@pytest.mark.parametrize("field", ["version", "id", "pk"])
def test_id_and_version_cannot_be_saved(lamp: Product, field: str) -> None:
    with pytest.raises(ValueError, match="cannot be set"):
        lamp.save(update_fields=["title", field])


REFUSED = {
    "no title": {"title": ""},
    "a title that is too long": {"title": "x" * 201},
    "a title with NUL": {"title": "a\0b"},
    "a description that is too long": {"description": "x" * 10_001},
    "a price below zero": {"price": "-0.01"},
    "a price without end": {"price": "10000000000"},
    "an image by ftp": {"image": "ftp://images.example.com/a"},
    "an image that is a script": {"image": "javascript:alert(1)"},
    "an image that is too long": {"image": "https://images.example.com/" + "x" * 500},
    "an empty sku": {"sku": ""},
    "a sku that is too long": {"sku": "x" * 65},
}


@pytest.mark.parametrize("fields", REFUSED.values(), ids=REFUSED)
def test_what_subscribers_would_refuse_is_not_stored(fields: dict[str, Any]) -> None:
    """Here or by the database, whichever looks first."""
    with pytest.raises((ValidationError, ValueError, ArithmeticError, DatabaseError)):
        Product.objects.create(**{"title": "Lamp"} | fields)
    assert not Product.objects.exists()
    assert told() == []


@pytest.mark.parametrize("fields", REFUSED.values(), ids=REFUSED)
def test_what_subscribers_would_refuse_does_not_replace_what_is_stored(lamp: Product, fields: dict[str, Any]) -> None:
    with pytest.raises((ValidationError, ValueError, ArithmeticError, DatabaseError)):
        Product.objects.update(**fields)
    assert Product.objects.values().get() == {field: getattr(lamp, field) for field in Product.objects.values().get()}
    assert told() == []


@pytest.mark.parametrize("text", ["\u200b", "\x01", "\u00ad", "💡", "\u0301"])
def test_text_that_looks_empty_to_some_databases_is_text(text: str) -> None:
    Product.objects.create(title=text, sku=text)
    assert recorded()[0]["data"]["title"] == text


def test_a_sku_is_given_once(lamp: Product) -> None:
    with pytest.raises(IntegrityError):
        Product.objects.create(title="Lantern", sku="L-1")
    assert told() == []
