"""The checksums of the contract come out of this database, whichever it is."""

import json
from datetime import datetime
from typing import Any

import pytest
from catalogue import digests
from catalogue.models import Product
from django.db import models

from tests.support import CONTRACT

GOLDEN: dict[str, Any] = json.loads((CONTRACT / "digests.json").read_bytes())
pytestmark = pytest.mark.django_db


def insert(*rows: dict[str, Any]) -> None:
    """Past the ORM's own ways, which give ids and versions themselves."""
    products = [Product(**row | {name: datetime.fromisoformat(row[name]) for name in TIMES}) for row in rows]
    models.QuerySet(Product).bulk_create(products)


TIMES = ("created_at", "updated_at")


@pytest.fixture
def golden() -> list[dict[str, Any]]:
    insert(*(row["product"] for row in GOLDEN["rows"]))
    return [
        {name: value for name, value in row["product"].items() if name in ("id", "version")}
        | {"checksum": row["checksum"]}
        for row in GOLDEN["rows"]
    ]


def listed(rows: list[digests.Row]) -> list[dict[str, Any]]:
    return [{"id": row.id, "version": row.version, "checksum": row.checksum} for row in rows]


def test_each_golden_product_has_its_checksum(golden: list[dict[str, Any]]) -> None:
    assert listed(digests.rows(after=0, to=None, limit=100)) == golden


def test_the_golden_range_has_its_count_and_checksum(golden: list[dict[str, Any]]) -> None:
    whole = digests.digest(after=0, to=None, limit=100)
    assert (whole.count, whole.checksum) == (GOLDEN["count"], GOLDEN["checksum"])
    assert whole.to is None


def test_a_digest_ends_at_the_row_that_fills_it(golden: list[dict[str, Any]]) -> None:
    first = digests.digest(after=0, to=None, limit=2)
    assert (first.to, first.count) == (2, 2)
    assert digests.digest(after=2, to=5, limit=100).count == 3
    assert digests.digest(after=2, to=5, limit=2).to == 4
    assert digests.digest(after=6, to=None, limit=1).to == golden[-1]["id"]


def test_a_range_without_products_counts_none() -> None:
    assert digests.digest(after=10, to=20, limit=5) == digests.Digest(after=10, to=20, count=0, checksum="0-0")
    assert digests.rows(after=10, to=20, limit=5) == digests.rows_of([7, 8]) == digests.rows_of([]) == []


def test_rows_are_paged_and_found_by_id(golden: list[dict[str, Any]]) -> None:
    assert listed(digests.rows(after=1, to=4, limit=2)) == golden[1:3]
    assert listed(digests.rows_of([4, 2, 99])) == [golden[1], golden[3]]


@pytest.mark.parametrize(
    "change",
    [
        {"title": "lamp"},
        {"description": "A lamp for the desk. "},
        {"price": "19.91"},
        {"price": None},
        {"image": ""},
        {"sku": "l-1"},
        {"sku": None},
        {"version": 2},
        {"created_at": "2026-01-02T03:04:05.678902Z"},
        {"updated_at": "2026-01-03T05:06:07Z"},
    ],
    ids=str,
)
def test_every_change_of_contents_changes_the_checksum(change: dict[str, Any]) -> None:
    row = GOLDEN["rows"][0]
    insert(row["product"] | change)
    assert digests.rows_of([1])[0].checksum != row["checksum"]


@pytest.mark.parametrize("other", [{"title": "a", "description": "bc"}, {"image": "-", "sku": None}], ids=str)
def test_no_text_can_pass_for_its_neighbour(other: dict[str, Any]) -> None:
    insert(GOLDEN["rows"][0]["product"] | {"title": "ab", "description": "c", "image": "", "sku": "-"})
    before = digests.rows_of([1])[0].checksum
    models.QuerySet(Product).update(**other)
    assert digests.rows_of([1])[0].checksum != before
