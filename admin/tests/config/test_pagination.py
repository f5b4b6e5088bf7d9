from typing import Any

import pytest
from catalogue.models import Product
from rest_framework.test import APIClient

from tests.support import wrong

pytestmark = pytest.mark.django_db


@pytest.fixture
def many(db: None) -> None:
    Product.objects.bulk_create(Product(title="Lamp") for _ in range(501))


def test_a_page_has_the_size_that_is_asked_for_within_bounds(client: APIClient, many: None) -> None:
    sizes = {"50": 50, "7": 7, "007": 7, "500": 500, "501": 500, "100000000": 500, "9" * 5000: 500}
    for asked, size in sizes.items():
        answer = client.get(f"/api/products?page_size={asked}").json()
        assert len(answer["results"]) == size, asked
        assert "cursor=" in answer["next"]


@pytest.mark.parametrize("asked", ["", "0", "000", "-5", "x", "1.5", "+7", "\u0667"])
def test_a_size_that_is_none_is_refused_by_name(client: APIClient, asked: str) -> None:
    assert list(wrong(client.get("/api/products", {"page_size": asked}))) == ["page_size"]


def test_a_page_costs_one_statement(client: APIClient, many: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        client.get("/api/products?page_size=500")
