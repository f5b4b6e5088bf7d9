import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from inbox.processor import Processor
from inbox.routing import Outcome
from replica import projection
from replica.models import Product
from replica.projection import ROWS_PER_STATEMENT

from tests.events import delivery

pytestmark = pytest.mark.django_db
APPLIED, DUPLICATE, STALE = Outcome.APPLIED, Outcome.DUPLICATE, Outcome.STALE


def apply(*args: Any, **kwargs: Any) -> dict[Outcome, int]:
    return Processor().process([delivery(*args, **kwargs)])


def only() -> Product:
    return Product.objects.get()


def test_a_created_product_is_copied_field_by_field() -> None:
    before = timezone.now()
    assert apply("created") == {APPLIED: 1}
    row = only()
    assert (row.id, row.title, row.description) == (1, "Lamp", "A lamp for the desk.")
    assert (row.price, row.image, row.sku) == (Decimal("19.90"), "https://images.example.com/lamp.jpg", "L-1")
    assert (row.version, row.deleted_at) == (1, None)
    assert row.created_at == datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    assert row.updated_at == datetime(2026, 1, 3, 5, 6, 7, 1, tzinfo=UTC)
    assert before <= row.applied_at <= timezone.now()


def test_an_update_replaces_every_field() -> None:
    apply("created")
    first = only()
    changed = {"title": "Desk lamp", "description": "", "price": None, "image": "", "sku": "L-2"}
    times = {"created_at": "2026-02-01T00:00:00.000001Z", "updated_at": "2026-02-02T00:00:00.000002Z"}
    assert apply(version=2, **changed, **times) == {APPLIED: 1}
    row = only()
    assert {name: getattr(row, name) for name in changed} == changed
    assert row.created_at == datetime(2026, 2, 1, 0, 0, 0, 1, tzinfo=UTC)
    assert row.updated_at == datetime(2026, 2, 2, 0, 0, 0, 2, tzinfo=UTC)
    assert row.version == 2
    assert row.applied_at > first.applied_at


def test_the_same_event_again_changes_nothing() -> None:
    apply(version=3)
    first = Product.objects.values().get()
    assert apply(version=3) == {DUPLICATE: 1}
    assert Product.objects.values().get() == first


def test_an_older_event_that_comes_late_changes_nothing() -> None:
    apply(version=3)
    first = Product.objects.values().get()
    assert apply("created", version=1, title="Old") == {STALE: 1}
    assert apply("deleted", version=2) == {STALE: 1}
    assert Product.objects.values().get() == first


def test_a_version_may_be_left_out() -> None:
    apply("created")
    assert apply(version=9, title="Ninth") == {APPLIED: 1}
    assert (only().title, only().version) == ("Ninth", 9)


@pytest.mark.parametrize(("version", "title"), [(4, "Other"), (5, "Other"), (6, "Lamp")])
def test_the_database_itself_lets_only_a_newer_version_through(version: int, title: str) -> None:
    """Another consumer commits version 5 between this one's look at the versions and its statement."""
    apply("created")

    def overtake(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("INSERT INTO replica_product"):
            Product.objects.update(version=5, title="Other")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(overtake):
        apply(version=version)
    assert (only().version, only().title) == (max(5, version), title)


def test_a_deletion_empties_the_row_and_keeps_a_tombstone() -> None:
    apply("created")
    assert apply("deleted", version=2, updated_at="2026-03-04T05:06:07.000008Z") == {APPLIED: 1}
    row = only()
    assert (row.title, row.description, row.price, row.image, row.sku) == ("", "", None, "", None)
    assert (row.version, row.deleted_at) == (2, datetime(2026, 3, 4, 5, 6, 7, 8, tzinfo=UTC))
    assert not Product.objects.living().exists()


def test_a_late_update_does_not_bring_a_deleted_product_back() -> None:
    apply("deleted", version=3)
    assert apply(version=2) == {STALE: 1}
    assert apply("created", version=1) == {STALE: 1}
    assert (only().version, only().deleted_at is None) == (3, False)
    assert not Product.objects.living().exists()


def test_a_deletion_of_an_unknown_product_leaves_a_tombstone() -> None:
    assert apply("deleted", version=2) == {APPLIED: 1}
    assert only().deleted_at is not None


def test_the_newest_of_several_versions_in_a_batch_wins_wherever_it_stands() -> None:
    batch = [
        delivery(version=2),
        delivery(version=4, title="Newest"),
        delivery("created", version=1),
        delivery(version=4, title="Newest"),
        delivery(version=3),
    ]
    assert Processor().process(batch) == {APPLIED: 1, DUPLICATE: 1, STALE: 3}
    assert (only().version, only().title) == (4, "Newest")


def test_products_of_one_batch_do_not_mix() -> None:
    apply(id=2, version=5, title="Held")
    batch = [
        delivery("created", id=1, title="One"),
        delivery(id=2, version=4, title="Late"),
        delivery("deleted", id=3, version=2),
        delivery(id=4, version=7, title="Four", sku=None),
    ]
    assert Processor().process(batch) == {APPLIED: 3, STALE: 1}
    rows = Product.objects.values_list("id", "title", "version", "sku")
    assert list(rows) == [(1, "One", 1, "L-1"), (2, "Held", 5, "L-1"), (3, "", 2, None), (4, "Four", 7, None)]


def test_a_batch_larger_than_a_statement_is_applied_whole() -> None:
    count = 1200
    assert count > 2 * ROWS_PER_STATEMENT
    batch = [delivery(id=id, title=f"Lamp {id}") for id in range(count, 0, -1)]
    assert Processor().process(batch) == {APPLIED: count}
    assert list(Product.objects.values_list("id", "title")) == [(id, f"Lamp {id}") for id in range(1, count + 1)]
    assert Processor().process(batch) == {DUPLICATE: count}


def test_what_is_known_already_is_not_written_again() -> None:
    batch = [delivery(id=id, version=2) for id in (1, 2, 3)]
    Processor().process(batch)
    with CaptureQueriesContext(connection) as queries:
        assert Processor().process([*batch, delivery("created", id=1)]) == {DUPLICATE: 3, STALE: 1}
    assert not [query for query in queries if query["sql"].startswith("INSERT")]


def test_rows_are_written_in_order_of_id_so_that_two_batches_do_not_deadlock() -> None:
    written: list[int] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("INSERT INTO replica_product"):
            written.extend(int(id) for id in re.findall(r"[(](\d+),%s", sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        Processor().process([delivery(id=id) for id in (5, 1, 700, 3, 2)])
    assert written == [1, 2, 3, 5, 700]


def test_two_products_may_have_one_sku_for_a_while() -> None:
    """Admin may hand a sku from one product to another, and the events may arrive the other way round."""
    apply(id=1, sku="L")
    assert apply(id=2, sku="L") == {APPLIED: 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "x" * 200, "description": "y" * 10_000, "image": f"https://{'z' * 492}", "sku": "s" * 64},
        {"title": "💡" * 200, "description": "💡" * 10_000, "image": f"https://{'💡' * 492}", "sku": "💡" * 64},
        {"title": " ", "description": "", "price": None, "image": "", "sku": None},
        {"title": "Lämp\t\r\n\u202e ", "description": "%s %(a)s {} \\ ' \" ` ; --", "sku": "%"},
        {"title": "\U0010ffff\ufffe\x7f\x01", "image": "HTTPS://EXAMPLE.COM/É"},
        {"id": 2**63 - 1, "version": 2**63 - 1},
    ],
    ids=["longest", "longest-in-4-bytes", "least", "hostile", "odd", "largest-numbers"],
)
def test_a_value_is_stored_as_it_came(changes: dict[str, Any]) -> None:
    assert apply(**changes) == {APPLIED: 1}
    row = only()
    assert {name: getattr(row, name) for name in changes} == changes


@pytest.mark.parametrize("price", ["0.00", "0.01", "0.10", "19.90", "1234567890.12", "9999999999.99", "0000000001.05"])
def test_a_price_is_exact(price: str) -> None:
    apply(price=price)
    stored = only().price
    assert stored == Decimal(price)
    assert stored is not None
    assert stored.as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05.000001Z", datetime(2026, 1, 2, 3, 4, 5, 1, tzinfo=UTC)),
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T00:04:05.5+02:00", datetime(2026, 1, 1, 22, 4, 5, 500_000, tzinfo=UTC)),
        ("2026-03-29T01:30:00.999999Z", datetime(2026, 3, 29, 1, 30, 0, 999_999, tzinfo=UTC)),  # an hour that DST skips
        ("2999-12-31T23:59:59.999999Z", datetime(2999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("1000-01-01T00:00:00.000001Z", datetime(1000, 1, 1, 0, 0, 0, 1, tzinfo=UTC)),
    ],
)
def test_a_time_is_kept_to_the_microsecond_in_utc(text: str, moment: datetime) -> None:
    apply("deleted", created_at=text, updated_at=text)
    row = only()
    assert (row.created_at, row.updated_at, row.deleted_at) == (moment, moment, moment)
    assert row.created_at.utcoffset() == timedelta(0)


def test_of_no_changes_nothing_comes() -> None:
    assert projection.apply([]) == []
