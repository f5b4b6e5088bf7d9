"""Events that the broker refuses as such: found one by one, held aside after a while, and never in others' way."""

from typing import Any

import pytest
from catalogue.models import Product
from outbox.lease import from_now
from outbox.models import OutboxEvent, Reason

from tests.broker import Broker
from tests.outbox.test_relay import due, lamps

pytestmark = pytest.mark.django_db(transaction=True)


def run(relay: Any, *, steps: int) -> None:
    for _ in range(steps):
        relay._guarded_step()


def test_the_event_at_fault_is_found_and_the_others_go_out(broker: Broker, relays: Any, spoil: Any) -> None:
    queue = broker.queue()
    rows = lamps(9)
    spoil(rows[4])
    run(relays(), steps=12)
    left = OutboxEvent.objects.get()
    assert (left.id, left.reason) == (rows[4].id, Reason.REFUSED)
    assert "too large" in left.last_error
    arrived = {message.properties.message_id for message in broker.take(queue, broker.count(queue))}  # some twice
    assert arrived == {str(row.event_id) for row in rows} - {str(left.event_id)}


def test_only_the_event_at_fault_is_charged(broker: Broker, relays: Any, spoil: Any) -> None:
    broker.queue()
    rows = lamps(3)
    spoil(rows[0])
    relays()._guarded_step()
    assert set(OutboxEvent.objects.values_list("attempts", "reason")) == {(0, "")}


def test_several_at_fault_do_not_hide_each_other(broker: Broker, relays: Any, spoil: Any) -> None:
    broker.queue()
    rows = lamps(6)
    for row in (rows[0], rows[1], rows[5]):
        spoil(row)
    run(relays(), steps=20)
    assert [row.id for row in OutboxEvent.objects.all()] == [rows[0].id, rows[1].id, rows[5].id]
    assert set(OutboxEvent.objects.values_list("reason", flat=True)) == {Reason.REFUSED}


def test_it_is_held_aside_after_some_attempts(broker: Broker, relays: Any, spoil: Any, conf: Any) -> None:
    conf(hold_after=3)
    broker.queue()
    (row,) = lamps(1)
    spoil(row)
    relay = relays()
    for attempt in (1, 2, 3):
        due()
        relay._guarded_step()
        row.refresh_from_db()
        assert (row.attempts, row.held_at is not None) == (attempt, attempt == 3)
    due()
    assert relay._guarded_step() > 0
    row.refresh_from_db()
    assert row.attempts == 3


def test_what_is_only_unroutable_is_never_held(broker: Broker, relays: Any, conf: Any) -> None:
    conf(hold_after=1)
    lamps(1)
    run(relays(), steps=1)
    row = OutboxEvent.objects.get()
    assert (row.reason, row.held_at) == (Reason.UNROUTABLE, None)


def test_batches_grow_again_after_a_refusal(broker: Broker, relays: Any, spoil: Any) -> None:
    broker.queue()
    rows = lamps(2)
    spoil(rows[0])
    relay = relays()
    run(relay, steps=3)
    OutboxEvent.objects.update(next_attempt_at=from_now(600))
    Product.objects.bulk_create(Product(title="Lamp") for _ in range(30))
    counts = []
    while (count := OutboxEvent.objects.filter(reason="").count()) and len(counts) < 20:
        counts.append(count)
        relay._guarded_step()
    assert len(counts) <= 6


def test_a_lost_permission_holds_no_event(broker: Broker, relays: Any, conf: Any, caplog: Any) -> None:
    """It is nobody's fault, least of all an event's: all would be held, and a human would have to let them go."""
    conf(hold_after=1, retry_max_seconds=9.0)
    relay = relays()
    relay.step()
    broker.forget()
    broker.declare(internal=True)
    lamps(2)
    assert relay._guarded_step() == 9.0
    assert set(OutboxEvent.objects.values_list("attempts", "held_at")) == {(0, None)}
    assert "write permission" in caplog.text
    broker.forget()
    queue = broker.queue()
    assert relay._guarded_step() == 0
    assert broker.count(queue) == 2
