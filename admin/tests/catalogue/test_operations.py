from decimal import Decimal
from typing import Any

import pytest
from catalogue import operations
from catalogue.models import Product
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from tests.support import forget, recorded, told

pytestmark = pytest.mark.django_db
NOBODY = 2**62


def test_a_product_is_created_with_its_event() -> None:
    product = operations.create_product(fields={"title": "Lamp", "price": "19.90"})
    assert told() == [("created", str(product.pk), 1)]


def test_an_update_answers_the_row_and_not_what_was_asked_for(lamp: Product) -> None:
    product = operations.update_product(product_id=lamp.pk, changes={"price": "5"})
    assert (product.version, str(product.price), product.title) == (2, "5.00", "Lamp")


def test_an_update_by_nothing_changes_and_tells_nothing(lamp: Product) -> None:
    assert operations.update_product(product_id=lamp.pk, changes={}).version == 1
    assert told() == []


def test_a_delete_tells_the_last_content(lamp: Product) -> None:
    operations.delete_product(product_id=lamp.pk)
    assert recorded()[0]["data"]["title"] == "Lamp"
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    "operate",
    [
        lambda: operations.update_product(product_id=NOBODY, changes={"title": "Lamp"}),
        lambda: operations.update_product(product_id=NOBODY, changes={}),
        lambda: operations.delete_product(product_id=NOBODY),
    ],
    ids=["update", "update by nothing", "delete"],
)
def test_a_product_that_is_not_there_is_said_not_to_be(operate: Any) -> None:
    with pytest.raises(Product.DoesNotExist):
        operate()
    assert told() == []


def test_a_taken_sku_is_named_as_the_reason(lamp: Product) -> None:
    other = operations.create_product(fields={"title": "Lantern"})
    with pytest.raises(operations.SkuTaken):
        operations.create_product(fields={"title": "Lantern", "sku": "L-1"})
    with pytest.raises(operations.SkuTaken):
        operations.update_product(product_id=other.pk, changes={"sku": "L-1"})
    assert told() == [("created", str(other.pk), 1)]


def test_another_violated_constraint_is_not_called_a_taken_sku(lamp: Product) -> None:
    with pytest.raises(ValidationError):
        operations.create_product(fields={"title": "", "sku": "L-2"})
    with pytest.raises(IntegrityError):
        operations.update_product(product_id=lamp.pk, changes={"price": -1})


@pytest.mark.django_db(transaction=True)
def test_each_operation_is_a_transaction_of_its_own() -> None:
    product = operations.create_product(fields={"title": "Lamp"})
    operations.update_product(product_id=product.pk, changes={"title": "Lantern"})
    operations.delete_product(product_id=product.pk)
    assert not connection.in_atomic_block
    assert [version for _, _, version in told()] == [1, 2, 3]


def test_of_many_those_that_differ_are_changed_and_told_once_each(lamp: Product) -> None:
    other = operations.create_product(fields={"title": "Lantern", "price": "5"})
    forget()
    changes = {
        NOBODY: {"title": "Nothing"},
        other.pk: {"title": "Torch", "price": Decimal(7), "sku": "L-2"},
        lamp.pk: {"title": "Lamp", "price": Decimal("19.9")},
    }
    assert operations.change_products(changes=changes) == [other]
    assert told() == [("updated", str(other.pk), 2)]
    row = Product.objects.get(pk=other.pk)
    assert (row.title, str(row.price), row.sku) == ("Torch", "7.00", "L-2")


def test_a_change_leaves_alone_what_only_another_one_of_the_many_changes(lamp: Product) -> None:
    other = operations.create_product(fields={"title": "Lantern", "price": "5"})
    operations.change_products(changes={lamp.pk: {"title": "Torch"}, other.pk: {"price": Decimal(7)}})
    rows = Product.objects.order_by("pk").values_list("title", "price", "version")
    assert list(rows) == [("Torch", Decimal("19.90"), 2), ("Lantern", Decimal("7.00"), 2)]


def test_many_changes_are_all_or_none(lamp: Product) -> None:
    a, b = operations.create_products(many=[{"title": "a"}, {"title": "b"}])
    forget()
    with pytest.raises(operations.SkuTaken) as refused:
        operations.change_products(changes={a.pk: {"title": "c"}, b.pk: {"sku": "L-1"}})
    assert (refused.value.skus, told()) == ({"L-1"}, [])
    assert Product.objects.get(pk=a.pk).title == "a"


def test_a_thousand_changes_take_their_chunks_of_statements(db: None) -> None:
    products = operations.create_products(many=[{"title": "Lamp"}] * 1000)
    forget()
    with CaptureQueriesContext(connection) as statements:
        changed = operations.change_products(changes={product.pk: {"title": "Lantern"} for product in products})
    assert (len(changed), len(told())) == (1000, 1000)
    assert len(statements) <= 40, [statement["sql"][:80] for statement in statements]
