"""Lists are narrowed down, searched, ordered and followed page by page, and nonsense is a 400 that names it."""

from base64 import b64encode
from decimal import Decimal
from typing import Any

import pytest
from catalogue.models import Product
from rest_framework.test import APIClient

from tests.support import wrong

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(db: None) -> None:
    prices = ["10.00", None, "5.50", "10.00", "0.00", None, "99.99"]
    for number, price in enumerate(prices):
        Product.objects.create(
            title=f"{'Lamp' if number % 2 else 'LANTERN'} {number}",
            price=price,
            sku=f"S-{number}",
            description="50%_off",
        )


def titles(client: APIClient, **query: Any) -> list[str]:
    answer = client.get("/api/products", query)
    assert answer.status_code == 200, answer.json()
    return [product["title"][-1] for product in answer.json()["results"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"title": "lamp"}, "135"),
        ({"title": "lantern"}, "0246"),
        ({"title": "an"}, "0246"),
        ({"title": "%"}, ""),
        ({"sku": "S-3"}, "3"),
        ({"sku": "S-"}, ""),
        ({"price_min": "10"}, "036"),
        ({"price_max": "5.50"}, "24"),
        ({"price_min": "5.51", "price_max": "10.00"}, "03"),
        ({"search": "lamp s-5"}, "5"),
        ({"search": "50%_OFF lantern"}, "0246"),
        ({"search": "5_%"}, ""),
        ({"updated_since": "2020-01-01T00:00:00Z"}, "0123456"),
        ({"updated_since": "2999-01-01T00:00:00Z"}, ""),
        ({"title": ""}, "0123456"),
        ({"nonsense": "x"}, "0123456"),
    ],
    ids=str,
)
def test_a_list_is_narrowed_down(client: APIClient, shelf: None, query: dict[str, str], found: str) -> None:
    assert "".join(titles(client, **query)) == found


@pytest.mark.parametrize(
    ("ordering", "found"),
    [("id", "0123456"), ("-id", "6543210"), ("price", "1542036"), ("-price", "6302451"), ("-updated_at", "6543210")],
)
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_each_order_gives_every_product_once_page_by_page(
    client: APIClient, shelf: None, ordering: str, found: str, size: int
) -> None:
    seen, url = [], f"/api/products?ordering={ordering}&page_size={size}"
    while url:
        page = client.get(url).json()
        seen += [product["title"][-1] for product in page["results"]]
        url = page["next"]
    assert "".join(seen) == found


def test_a_thousand_of_one_price_and_time_are_all_given(client: APIClient) -> None:
    Product.objects.bulk_create(Product(title="Lamp", price=Decimal(1)) for _ in range(1200))
    for ordering in ("price", "-updated_at"):
        seen, url = set(), f"/api/products?ordering={ordering}&page_size=500"
        while url:
            page = client.get(url).json()
            seen |= {product["id"] for product in page["results"]}
            url = page["next"]
        assert len(seen) == 1200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("price_min", value) for value in ("", "x", "NaN", "1e400", "1.005", "9" * 5000, "\x00")),
        *(("price_max", value) for value in ("", "Infinity", "--1", "12345678901.00")),
        *(
            ("updated_since", value)
            for value in ("", "yesterday", "0001-01-01T00:00:00+23:59", "2026-13-01T00:00Z", "\x00")
        ),
        ("title", "x" * 201),
        ("title", "\x00"),
        ("search", "x" * 201),
        *(("ordering", value) for value in ("title", "--id", "password", "", "id,price", "price_order")),
    ],
    ids=lambda text: text[:20],
)
def test_nonsense_is_a_400_that_names_it(client: APIClient, shelf: None, name: str, value: str) -> None:
    assert list(wrong(client.get("/api/products", {name: value}))) == [name]


@pytest.mark.parametrize("ordering", ["price", "updated_at"])
@pytest.mark.parametrize("cursor", ["cD14", "cD1OYU4=", "cD0xZTE=", "cD1Ob25l"])  # x, NaN, 1e1, None
def test_a_made_up_cursor_of_another_order_is_a_404(client: APIClient, ordering: str, cursor: str) -> None:
    assert client.get("/api/products", {"ordering": ordering, "cursor": cursor}).status_code == 404


def test_a_single_product_is_not_narrowed_down(client: APIClient, lamp: Product) -> None:
    assert client.get(f"/api/products/{lamp.pk}?title=x").status_code == 200


def test_letters_beyond_ascii_are_found_as_they_are_written(client: APIClient) -> None:
    Product.objects.create(title="Ärger ÜBER Lampen")
    for query in ({"title": "Ärger"}, {"search": "ÜBER lampen"}):
        assert len(client.get("/api/products", query).json()["results"]) == 1


def test_more_words_than_are_looked_for_are_a_400(client: APIClient) -> None:
    assert list(wrong(client.get("/api/products", {"search": "a b c d e f g h i j k"}))) == ["search"]


@pytest.mark.parametrize("moment", ["0001-01-01 00:00:00+23:59", "9999-12-31 23:59:59-23:59"])
def test_a_cursor_before_or_after_all_years_is_a_404(client: APIClient, moment: str) -> None:
    cursor = b64encode(f"p={moment.replace('+', '%2B')}".encode()).decode()
    assert client.get("/api/products", {"ordering": "created_at", "cursor": cursor}).status_code == 404
