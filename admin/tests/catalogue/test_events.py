"""Admin produces the golden events of the contract, byte for byte in meaning."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from catalogue import operations
from catalogue.events import product_event, timestamp
from catalogue.models import Product

from tests.contract import ENVELOPE, example, problems
from tests.support import recorded


@pytest.fixture
def as_in(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The next event gets the example's id and time."""

    def prepare(golden: dict[str, Any]) -> None:
        monkeypatch.setattr("outbox.envelope.uuid7", lambda: UUID(golden["id"]))
        monkeypatch.setattr("django.utils.timezone.now", lambda: datetime.fromisoformat(golden["time"]))

    return prepare


@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_admin_produces_the_golden_events(as_in: Any) -> None:
    created, updated, deleted = (example(f"product.{what}.v1") for what in ("created", "updated", "deleted"))
    fields = {name: created["data"][name] for name in ("title", "description", "price", "image", "sku")}

    as_in(created)
    operations.create_product(fields=fields)
    as_in(updated)
    operations.update_product(product_id=1, changes={"title": "Desk lamp", "price": "24.00"})
    as_in(deleted)
    operations.delete_product(product_id=1)

    assert recorded() == [created, updated, deleted]


@pytest.mark.django_db
def test_the_least_and_the_longest_product_keep_to_the_contract() -> None:
    Product.objects.create(title="x")
    Product.objects.create(
        title="灯" * 200,
        description="💡" * 10_000,
        price="9999999999.99",
        image="https://images.example.com/".ljust(500, "a"),
        sku="灯" * 64,
    )
    least, longest = recorded()
    assert problems(least, ENVELOPE) == problems(longest, ENVELOPE) == []
    assert longest["data"]["description"] == "💡" * 10_000


@pytest.mark.django_db
def test_a_golden_text_survives_the_database() -> None:
    data = example("product.updated.v1.unicode")["data"]
    Product.objects.create(**{name: data[name] for name in ("title", "description", "image", "sku")})
    assert {name: recorded()[0]["data"][name] for name in ("title", "description", "image", "sku")} == {
        name: data[name] for name in ("title", "description", "image", "sku")
    }


def test_an_event_says_which_product_and_which_version() -> None:
    event = product_event(action="updated", product=Product(id=7, title="Lamp", version=3))
    assert (event.aggregatetype, event.aggregateid, event.action, event.version) == ("product", "7", "updated", 3)


def test_a_time_is_utc_with_microseconds() -> None:
    summer = timezone(timedelta(hours=2))
    assert timestamp(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T03:04:05.000000Z"
    assert timestamp(datetime(2026, 7, 1, 1, 0, 0, 1, tzinfo=summer)) == "2026-06-30T23:00:00.000001Z"
