"""ETag, If-Match, If-None-Match: who changes a product that has gone on meanwhile is told, and overwrites nothing."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from catalogue.models import Product
from django.db import connection
from rest_framework.test import APIClient

from tests.support import told

pytestmark = pytest.mark.django_db


def url(lamp: Product) -> str:
    return f"/api/products/{lamp.pk}"


def test_the_etag_is_the_version(client: APIClient, lamp: Product) -> None:
    assert client.get(url(lamp))["ETag"] == '"1"'
    assert client.patch(url(lamp), {"title": "Lantern"})["ETag"] == client.get(url(lamp))["ETag"] == '"2"'
    created = client.post("/api/products", {"title": "Candle"})
    assert created["ETag"] == '"1"'
    assert client.get(created["Location"]).json() == created.json()


def test_who_has_it_already_is_answered_304(client: APIClient, lamp: Product) -> None:
    answer = client.get(url(lamp), HTTP_IF_NONE_MATCH='"1"')
    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", '"1"')
    assert client.get(url(lamp), HTTP_IF_NONE_MATCH='"2"').status_code == 200


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("tag", ['"1"', '"7", "1"', "*", " * "])
def test_the_version_that_was_read_can_be_changed(client: APIClient, lamp: Product, method: str, tag: str) -> None:
    answer = getattr(client, method)(url(lamp), {"title": "Lantern"}, HTTP_IF_MATCH=tag)
    assert answer.status_code in (200, 204)
    assert len(told()) == 1


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("tag", ['"2"', 'W/"1"', "1", "", "x", '"1', '"0"', f'"{"9" * 5000}"', '"\u0661"'])
def test_any_other_version_is_a_412_and_changes_nothing(
    client: APIClient, lamp: Product, method: str, tag: str
) -> None:
    before = list(Product.objects.values())
    answer = getattr(client, method)(url(lamp), {"title": "Lantern"}, HTTP_IF_MATCH=tag)
    assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
    assert "version 1 now" in answer.json()["detail"]
    assert (list(Product.objects.values()), told()) == (before, [])


def test_a_product_that_is_gone_is_a_404_whatever_the_version(client: APIClient) -> None:
    assert client.put("/api/products/1", {"title": "Lantern"}, HTTP_IF_MATCH='"1"').status_code == 404
    assert client.delete("/api/products/1", HTTP_IF_MATCH='"1"').status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_two_who_read_the_same_version_one_wins(client: APIClient, lamp: Product) -> None:
    def change(title: str) -> Any:
        try:
            return APIClient().put(url(lamp), {"title": title}, format="json", HTTP_IF_MATCH='"1"').status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(change, ("Lantern", "Candle"))) == [200, 412]
    assert [version for *_, version in told()] == [2]
