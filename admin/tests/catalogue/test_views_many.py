"""POST of a list: all of the products or none, and errors by the place of the product."""

import json
from typing import Any

import pytest
from catalogue.models import Product
from django.db import connection
from rest_framework.test import APIClient

from tests.contract import SCHEMAS, problems
from tests.support import recorded, told, wrong

pytestmark = pytest.mark.django_db
TAKEN = ["product with this sku already exists."]
TWICE = ["This sku stands twice in the list."]


def post(client: APIClient, *products: Any) -> Any:
    return client.post("/api/products", json.dumps(products), content_type="application/json")


def test_each_is_created_with_its_event(client: APIClient) -> None:
    answer = post(client, {"title": "Lamp", "price": "19.90", "sku": "L-1"}, {"title": "Lantern"}, {"title": "Candle"})
    assert answer.status_code == 201
    assert [product["title"] for product in answer.json()] == ["Lamp", "Lantern", "Candle"]
    assert [problems(product, SCHEMAS["urn:lockstep:product:v1"]) for product in answer.json()] == [[], [], []]
    assert [event["data"] for event in recorded()] == answer.json()
    for product in answer.json():
        assert client.get(f"/api/products/{product['id']}").json() == product


def test_a_thousand_go_at_once_by_few_statements(client: APIClient, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(20):
        assert post(client, *({"title": f"Lamp {n}", "sku": f"L-{n}"} for n in range(1000))).status_code == 201
    assert len(told()) == 1000


def test_more_than_a_thousand_are_refused(client: APIClient) -> None:
    answer = post(client, *({"title": "Lamp"} for _ in range(1001)))
    assert wrong(answer) == {"#": ["Ensure this field has no more than 1000 elements."]}


def test_no_products_are_refused(client: APIClient) -> None:
    assert post(client).status_code == 400


@pytest.mark.parametrize("odd", [{}, {"title": ""}, {"title": "x", "price": "-1"}, 5, None, [], "Lamp"])
def test_one_that_is_wrong_is_told_at_its_place_and_none_is_stored(client: APIClient, odd: Any) -> None:
    answer = post(client, {"title": "Lamp"}, odd, {"title": "Lantern"})
    assert {place.split("/")[1] for place in wrong(answer)} == {"1"}
    assert (Product.objects.count(), told()) == (0, [])


def test_a_sku_that_is_taken_or_twice_in_the_list_is_told_at_its_place(client: APIClient, lamp: Product) -> None:
    answer = post(
        client, {"title": "A", "sku": "L-1"}, {"title": "B"}, {"title": "C", "sku": "X"}, {"title": "D", "sku": "X"}
    )
    assert wrong(answer) == {"#/0/sku": TAKEN, "#/2/sku": TWICE, "#/3/sku": TWICE}
    assert (Product.objects.count(), told()) == (1, [])


def test_products_without_a_sku_do_not_clash(client: APIClient) -> None:
    assert post(client, {"title": "A", "sku": ""}, {"title": "B", "sku": None}, {"title": "C"}).status_code == 201


def test_a_sku_that_is_taken_after_the_check_is_told_all_the_same(
    client: APIClient, lamp: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two requests at once both pass the validator; the database then decides."""
    asked: list[bool] = []
    found = Product.objects.filter

    def late(*args: Any, **wanted: Any) -> Any:
        asked.append(True)
        return Product.objects.none() if len(asked) == 1 else found(*args, **wanted)

    monkeypatch.setattr("catalogue.queries.Product.objects.filter", late)
    answer = post(client, {"title": "A"}, {"title": "B", "sku": "L-1"})
    assert wrong(answer) == {"#/1/sku": TAKEN}


@pytest.mark.parametrize("skus", [["l-1"], ["abc", "ABC"]], ids=["taken", "twice in the list"])
def test_skus_that_are_one_to_the_database_are_told_and_never_dropped(
    client: APIClient, lamp: Product, skus: list[str]
) -> None:
    """MariaDB's default collation takes "abc" and "ABC" for one; SQLite and PostgreSQL do not."""
    answer = post(client, *({"title": "Lantern", "sku": sku} for sku in skus))
    if connection.vendor == "mysql":
        assert wrong(answer) == {f"#/{place}/sku": TAKEN for place in range(len(skus))}
        assert (Product.objects.count(), told()) == (1, [])
    else:
        assert (answer.status_code, len(answer.json())) == (201, len(skus))
