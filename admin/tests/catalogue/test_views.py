"""REST as clients meet it. What bad input gets, test_views_bad_input.py says."""

from typing import Any

import pytest
from catalogue.models import Product
from rest_framework.test import APIClient

from tests.contract import SCHEMAS, problems
from tests.support import told, wrong

pytestmark = pytest.mark.django_db
slash_or_not = pytest.mark.parametrize("slash", ["", "/"], ids=["no slash", "slash"])
LAMP = {"title": "Lamp", "description": "💡", "price": "19.90", "image": "https://images.example.com/a", "sku": "L-1"}


@slash_or_not
def test_post_creates_and_answers_the_product(client: APIClient, slash: str) -> None:
    answer = client.post(f"/api/products{slash}", LAMP)
    product = answer.json()
    assert answer.status_code == 201
    assert product.items() >= LAMP.items()
    assert product["version"] == 1
    assert problems(product, SCHEMAS["urn:lockstep:product:v1"]) == []
    assert client.get(f"/api/products/{product['id']}").json() == product
    assert told() == [("created", str(product["id"]), 1)]


def test_only_a_title_is_required(client: APIClient) -> None:
    product = client.post("/api/products", {"title": "Lamp"}).json()
    assert product.items() >= {"description": "", "price": None, "image": "", "sku": None}.items()


@slash_or_not
def test_put_replaces(client: APIClient, lamp: Product, slash: str) -> None:
    answer = client.put(f"/api/products/{lamp.pk}{slash}", {"title": "Lantern", "price": 5})
    assert answer.status_code == 200
    assert (answer.json()["title"], answer.json()["price"], answer.json()["version"]) == ("Lantern", "5.00", 2)
    assert (answer.json()["description"], answer.json()["image"], answer.json()["sku"]) == ("", "", None)
    assert told() == [("updated", str(lamp.pk), 2)]


def test_what_a_put_leaves_out_becomes_empty(client: APIClient, lamp: Product) -> None:
    answer = client.put(f"/api/products/{lamp.pk}", {"title": "Lantern"})
    assert answer.json().items() >= {"description": "", "price": None, "image": "", "sku": None}.items()
    assert answer.json() == client.get(f"/api/products/{lamp.pk}").json()


@slash_or_not
def test_patch_changes_what_it_names(client: APIClient, lamp: Product, slash: str) -> None:
    answer = client.patch(f"/api/products/{lamp.pk}{slash}", {"price": None})
    assert answer.status_code == 200
    assert (answer.json()["title"], answer.json()["price"], answer.json()["version"]) == ("Lamp", None, 2)
    assert answer.json()["sku"] == "L-1"


def test_an_answer_to_a_change_is_what_a_get_shows(client: APIClient, lamp: Product) -> None:
    url = f"/api/products/{lamp.pk}"
    for change in ({"price": "-0.00"}, {"price": 0.1}, {"title": " Lantern "}, {"sku": ""}):
        assert client.patch(url, change).json() == client.get(url).json()
    created = client.post("/api/products", {"title": "Lamp", "price": "-0.00"}).json()
    assert created == client.get(f"/api/products/{created['id']}").json()


def test_a_patch_of_nothing_changes_and_tells_nothing(client: APIClient, lamp: Product) -> None:
    answer = client.patch(f"/api/products/{lamp.pk}", {})
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert told() == []


@slash_or_not
def test_delete_answers_nothing_and_the_product_is_gone(client: APIClient, lamp: Product, slash: str) -> None:
    url = f"/api/products/{lamp.pk}{slash}"
    answer = client.delete(url)
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(url).status_code == client.delete(url).status_code == 404
    assert told() == [("deleted", str(lamp.pk), 2)]


@pytest.mark.parametrize("id", ["0", "999999999", str(2**63 - 1), str(2**63), "9" * 30, "9" * 5000])
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_a_product_that_is_not_there_is_404(client: APIClient, method: str, id: str) -> None:
    answer = getattr(client, method)(f"/api/products/{id}", {"title": "Lamp"} if method != "get" else None)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert told() == []


@pytest.mark.parametrize("id", ["x", "-1", "1.0", "%D9%A1", "1/2", "/"])
def test_what_is_no_id_is_404(client: APIClient, id: str) -> None:
    assert client.get(f"/api/products/{id}").status_code == 404


def test_read_only_fields_are_ignored(client: APIClient, lamp: Product) -> None:
    sent = {"id": 99, "version": 99, "created_at": "2000-01-01T00:00:00Z", "updated_at": 1, "unknown": {}, "\ud800": 1}
    body = '{"title": "Lantern", "id": 99, "version": 99, "created_at": 1, "unknown": {}, "\\ud800": 1}'
    created = client.post("/api/products", body, content_type="application/json").json()
    changed = client.patch(f"/api/products/{lamp.pk}", {k: v for k, v in sent.items() if k.isascii()}).json()
    assert (created["version"], changed["version"], changed["id"]) == (1, 1, lamp.pk)
    assert created["id"] != 99


def test_unicode_goes_through_unchanged(client: APIClient) -> None:
    text = "Lámpara 灯 مصباح 💡👩🏽‍🔧 u\u0308 \u202e\u2028\x01 \"'\\ </script>"
    product = client.post("/api/products", {"title": text, "description": f"a\n\t{text}", "sku": text}).json()
    shown = client.get(f"/api/products/{product['id']}").json()
    assert (shown["title"], shown["description"], shown["sku"]) == (text, f"a\n\t{text}", text)


def test_two_products_without_a_sku_do_not_clash(client: APIClient) -> None:
    assert [client.post("/api/products", {"title": "Lamp", "sku": ""}).status_code for _ in range(2)] == [201, 201]


def test_a_taken_sku_is_a_400_that_names_the_field(client: APIClient, lamp: Product) -> None:
    other = client.post("/api/products", {"title": "Lantern"}).json()
    for answer in (
        client.post("/api/products", {"title": "Lantern", "sku": "L-1"}),
        client.patch(f"/api/products/{other['id']}", {"sku": "L-1"}),
        client.put(f"/api/products/{other['id']}", {"title": "Lantern", "sku": "L-1"}),
    ):
        assert answer.status_code == 400
        assert wrong(answer) == {"#/sku": ["product with this sku already exists."]}
    assert client.patch(f"/api/products/{lamp.pk}", {"sku": "L-1"}).status_code == 200


def test_a_sku_that_is_taken_after_the_check_is_a_400_all_the_same(
    client: APIClient, lamp: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two requests at once both pass the validator; the database then decides."""
    other = Product.objects.create(title="Lantern")
    monkeypatch.setattr("rest_framework.validators.UniqueValidator.__call__", lambda *args: None)
    for answer in (
        client.post("/api/products", {"title": "Lantern", "sku": "L-1"}),
        client.patch(f"/api/products/{other.pk}", {"sku": "L-1"}),
    ):
        assert wrong(answer) == {"#/sku": ["product with this sku already exists."]}


def test_a_product_that_is_deleted_after_the_check_is_a_404(client: APIClient, lamp: Product, monkeypatch: Any) -> None:
    found = Product.objects.get(pk=lamp.pk)
    lamp.delete()
    monkeypatch.setattr("catalogue.views.ProductViewSet.get_object", lambda view: found)
    for method in ("put", "patch", "delete"):
        assert getattr(client, method)(f"/api/products/{lamp.pk}", {"title": "Lantern"}).status_code == 404


@slash_or_not
def test_a_list_is_in_pages_by_id(client: APIClient, slash: str) -> None:
    ids = [product.pk for product in Product.objects.bulk_create(Product(title="Lamp") for _ in range(5))]
    first = client.get(f"/api/products{slash}?page_size=2").json()
    assert first["previous"] is None
    seen = [product["id"] for product in first["results"]]
    page = first
    while page["next"]:
        page = client.get(page["next"]).json()
        seen += [product["id"] for product in page["results"]]
    assert seen == ids
    assert page["previous"]


def test_an_empty_list_is_a_list(client: APIClient) -> None:
    assert client.get("/api/products").json() == {"next": None, "previous": None, "results": []}


def test_a_list_shows_each_product_as_a_get_does(client: APIClient, lamp: Product) -> None:
    assert client.get("/api/products").json()["results"] == [client.get(f"/api/products/{lamp.pk}").json()]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_list_is_not_changed_as_a_whole(client: APIClient, lamp: Product, method: str) -> None:
    assert getattr(client, method)("/api/products", {"title": "x"}).status_code == 405
    assert Product.objects.get().title == "Lamp"


@pytest.mark.parametrize("path", ["/api/products/{}", "/api/products"])
def test_who_has_the_answer_already_is_told_so(client: APIClient, lamp: Product, path: str) -> None:
    etag = client.get(path.format(lamp.pk))["ETag"]
    again = client.get(path.format(lamp.pk), headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    client.patch(f"/api/products/{lamp.pk}", {"title": "Lantern"})
    assert client.get(path.format(lamp.pk), headers={"If-None-Match": etag}).status_code == 200
