"""Which events the relay takes next: the oldest that are due, a bounded number, none for ever."""

from typing import Any

import pytest
from catalogue.models import Product
from django.db import OperationalError, connection
from django.db.models.functions import Now
from outbox.batches import claim
from outbox.lease import from_now
from outbox.models import OutboxEvent

from tests.broker import Broker
from tests.outbox.test_relay import lamps

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_claim_takes_the_oldest_that_are_due() -> None:
    a, b, c, d, e = lamps(5)
    OutboxEvent.objects.filter(id=a.id).update(held_at=Now())
    OutboxEvent.objects.filter(id=b.id).update(next_attempt_at=from_now(60))
    OutboxEvent.objects.filter(id=c.id).update(next_attempt_at=from_now(-60))
    assert [row.id for row in claim(limit=2)] == [c.id, d.id]
    assert [row.id for row in claim(limit=9)] == [c.id, d.id, e.id]


def test_a_claim_is_bounded_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = lamps(3)
    monkeypatch.setattr("outbox.batches.MAX_BYTES", len(rows[0].payload) * 2)
    assert [row.id for row in claim(limit=9)] == [row.id for row in rows[:2]]


def test_a_batch_is_bounded(broker: Broker, relays: Any, conf: Any) -> None:
    conf(batch=2)
    queue = broker.queue()
    lamps(5)
    relay = relays()
    for left in (3, 1, 0):
        assert relay.step() == 0
        assert OutboxEvent.objects.count() == left
    assert broker.count(queue) == 5


def test_bad_rows_at_the_head_do_not_starve_the_rest(broker: Broker, relays: Any, conf: Any) -> None:
    conf(batch=2)
    queue = broker.queue("product.created")
    bad = lamps(4)
    OutboxEvent.objects.update(type="lockstep.catalogue.product.updated.v1")
    Product.objects.bulk_create(Product(title=f"good {n}") for n in range(3))
    relay = relays()
    for _ in range(30):
        if broker.count(queue) < 3:
            relay.step()
    assert broker.count(queue) == 3
    assert list(OutboxEvent.objects.values_list("id", flat=True)) == [row.id for row in bad]


def test_an_event_that_becomes_visible_late_goes_out_too(broker: Broker, relays: Any) -> None:
    """F7: ids are given before the commit, so a lower one may come after a higher one is gone."""
    queue = broker.queue()
    first, second = lamps(2)
    OutboxEvent.objects.filter(id=first.id).delete()
    relay = relays()
    relay.step()
    OutboxEvent.objects.create(id=first.id, event_id=first.event_id, type=first.type, payload=first.payload)
    assert relay.step() == 0
    assert [message.body.decode() for message in broker.take(queue, 2)] == [second.payload, first.payload]


def test_a_database_that_fails_at_a_later_page_ends_the_claim_with_what_was_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("outbox.batches.PAGE", 2)
    rows = lamps(5)
    pages = []

    def fail_at_the_second(execute: Any, sql: str, *rest: Any) -> Any:
        pages.append(sql)
        if len(pages) == 2:
            raise OperationalError(2013, "Lost connection")
        return execute(sql, *rest)

    with connection.execute_wrapper(fail_at_the_second):
        assert [row.id for row in claim(limit=9)] == [row.id for row in rows[:2]]
    assert [row.id for row in claim(limit=9)] == [row.id for row in rows]
