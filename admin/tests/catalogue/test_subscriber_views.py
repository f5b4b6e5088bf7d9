"""Snapshot and digests over HTTP."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from catalogue.models import Product
from rest_framework.test import APIClient

from tests.support import CONTRACT, recorded, wrong

pytestmark = pytest.mark.django_db
GOLDEN: dict[str, Any] = json.loads((CONTRACT / "digests.json").read_bytes())
SNAPSHOT, DIGEST, ROWS = "/api/products/snapshot", "/api/products/digest", "/api/products/digest/rows"
BIG = 2**63 - 1
ARABIC_ONE = "\u0661"


@pytest.fixture
def lamps() -> list[int]:
    return [Product.objects.create(title=f"Lamp {number}").pk for number in range(5)]


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200
    return [row["id"] for row in answer.json().get("products", answer.json().get("rows"))]


def test_a_snapshot_shows_products_as_their_events_carry_them(client: APIClient) -> None:
    Product.objects.create(title="灯 💡", price="0.10", sku="S")
    answer = client.get(SNAPSHOT)
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == {"products": [recorded()[-1]["data"]], "next": None, "count": 1}


def test_a_snapshot_is_paged_to_its_end(client: APIClient, lamps: list[int]) -> None:
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        answer = client.get(SNAPSHOT, {"after": after, "limit": 2})
        seen += ids(answer)
        after = answer.json()["next"]
    assert seen == lamps
    assert client.get(SNAPSHOT, {"limit": 5}).json()["next"] == lamps[-1]
    assert client.get(SNAPSHOT, {"after": lamps[-1]}).json() == {"products": [], "next": None, "count": None}


def test_a_snapshot_since_a_time_has_what_changed_since(client: APIClient, lamps: list[int]) -> None:
    Product.objects.filter(pk=lamps[0]).update(title="new")
    moment = Product.objects.get(pk=lamps[0]).updated_at
    assert ids(client.get(SNAPSHOT, {"since": moment.isoformat()})) == lamps[:1]
    assert ids(client.get(SNAPSHOT, {"since": "2020-01-01T00:00:00Z"})) == lamps
    assert ids(client.get(SNAPSHOT, {"since": datetime.max.replace(tzinfo=UTC).isoformat()})) == []


@pytest.mark.parametrize("path", [SNAPSHOT, ROWS])
def test_products_are_found_by_their_ids(client: APIClient, lamps: list[int], path: str) -> None:
    assert ids(client.get(path, {"ids": f"{lamps[3]},{lamps[1]},{lamps[1]},{BIG}"})) == [lamps[1], lamps[3]]
    assert ids(client.get(path, {"ids": ",".join(map(str, [lamps[0]] * 100))})) == lamps[:1]


def test_a_page_has_at_most_five_hundred(client: APIClient) -> None:
    Product.objects.bulk_create(Product(title=f"Lamp {number}") for number in range(501))
    for path in (SNAPSHOT, ROWS):
        assert len(ids(client.get(path))) == 500
    assert len(ids(client.get(SNAPSHOT, {"after": client.get(SNAPSHOT).json()["next"]}))) == 1
    assert client.get(DIGEST).json()["count"] == 501


def test_digest_and_rows_agree(client: APIClient, lamps: list[int]) -> None:
    rows = client.get(ROWS, {"after": lamps[0], "to": lamps[3], "limit": 2}).json()["rows"]
    assert [row["id"] for row in rows] == lamps[1:3]
    assert set(rows[0]) == {"id", "version", "checksum"}
    answer = client.get(DIGEST, {"after": lamps[0], "to": lamps[3], "limit": 2}).json()
    sums = [sum(int(row["checksum"][at : at + 8], 16) for row in rows) for at in (0, 8)]
    assert answer == {"after": lamps[0], "to": lamps[2], "count": 2, "checksum": f"{sums[0]:x}-{sums[1]:x}"}


@pytest.mark.parametrize("path", [SNAPSHOT, DIGEST, ROWS])
def test_the_largest_id_is_an_id(client: APIClient, lamps: list[int], path: str) -> None:
    assert client.get(path, {"after": BIG}).status_code == 200
    assert client.get(path, {"after": 0, "to": BIG}).status_code == 200


NUMBERS = ["", "-1", str(2**63), "9" * 5000, "x", "1.5", "1e3", "null", "0x1", "NaN", "\x00", "1\x00", "½", "²"]


@pytest.mark.parametrize("value", NUMBERS)
@pytest.mark.parametrize(
    ("path", "name"), [(path, name) for path in (SNAPSHOT, DIGEST, ROWS) for name in ("after", "limit")]
)
def test_a_number_that_is_none_is_a_400_that_names_it(client: APIClient, path: str, name: str, value: str) -> None:
    answer = client.get(path, {name: value})
    assert list(wrong(answer)) == [name]


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        *((path, "limit", "0") for path in (SNAPSHOT, DIGEST, ROWS)),
        (SNAPSHOT, "limit", "501"),
        (ROWS, "limit", "501"),
        (DIGEST, "limit", "10001"),
        *((path, "to", value) for path in (DIGEST, ROWS) for value in ("", "-1", str(2**63), "x")),
        *(
            (path, "ids", value)
            for path in (SNAPSHOT, ROWS)
            for value in (
                "",
                ",",
                "1,",
                ",1",
                "1,,2",
                "x",
                "-1",
                "1.5",
                "1 2",
                " 1",
                ARABIC_ONE,
                "²",
                str(2**63),
                "9" * 99,
            )
        ),
        *((path, "ids", ",".join(["1"] * 101)) for path in (SNAPSHOT, ROWS)),
        *(
            (SNAPSHOT, "since", value)
            for value in ("", "yesterday", "0", "2026-13-01T00:00Z", "9999-12-31T23:59:59-23:59", ARABIC_ONE, "\x00")
        ),
        (SNAPSHOT, "since", "0001-01-01T00:00:00+23:59"),
    ],
)
def test_what_makes_no_sense_is_a_400_that_names_it(client: APIClient, path: str, name: str, value: str) -> None:
    answer = client.get(path, {name: value})
    assert list(wrong(answer)) == [name]


@pytest.mark.parametrize("query", ["after=1&after=2", "limit=1&limit=x", "after=%FF", "ids=1&ids=2", "n=1", "&&"])
@pytest.mark.parametrize("path", [SNAPSHOT, DIGEST, ROWS])
def test_odd_queries_are_answered(client: APIClient, lamps: list[int], path: str, query: str) -> None:
    assert client.get(f"{path}?{query}").status_code in (200, 400)


@pytest.mark.parametrize("path", [SNAPSHOT, DIGEST, ROWS])
def test_another_method_is_a_405(client: APIClient, path: str) -> None:
    assert {getattr(client, method)(path).status_code for method in ("post", "put", "patch", "delete")} == {405}
