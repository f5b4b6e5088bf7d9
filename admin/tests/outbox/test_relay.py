"""One step of the relay against a real broker and the database: what goes, what stays, and why."""

from itertools import islice
from typing import Any

import pytest
from catalogue.models import Product
from django.db import connection
from outbox.lease import from_now
from outbox.models import Lease, OutboxEvent, Reason
from outbox.publisher import BrokerUnavailable, Outcomes, Publisher

from tests.broker import Broker, Proxy
from tests.support import forget, recorded

pytestmark = pytest.mark.django_db(transaction=True)


def lamps(count: int) -> list[OutboxEvent]:
    """The events of that many new products."""
    forget()
    Product.objects.bulk_create(Product(title=f"Lamp {n}") for n in range(count))
    return list(OutboxEvent.objects.order_by("id"))


def due() -> None:
    """As if the time of the next attempt had come."""
    OutboxEvent.objects.update(next_attempt_at=from_now(-1))


def test_what_the_broker_confirmed_is_deleted(broker: Broker, relays: Any) -> None:
    queue = broker.queue()
    sent = [row.payload for row in lamps(3)]
    assert relays().step() == 0
    assert not OutboxEvent.objects.exists()
    assert [message.body.decode() for message in broker.take(queue, 3)] == sent


def test_an_empty_outbox_is_looked_at_again_after_a_while(broker: Broker, relays: Any, conf: Any) -> None:
    conf(poll_seconds=7.0)
    assert relays().step() == 7.0


def test_what_was_not_confirmed_is_not_deleted(
    proxy: Proxy, broker: Broker, relays: Any, conf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf(confirm_seconds=0.2)
    monkeypatch.setattr("outbox.publisher.BEAT_SECONDS", 0.05)
    broker.queue()
    proxy.open()
    relay = relays()
    relay.step()
    proxy.is_hanging = True
    lamps(2)
    with pytest.raises(BrokerUnavailable):
        relay.step()
    proxy.is_hanging = False
    assert OutboxEvent.objects.filter(attempts=0, reason="").count() == 2


def test_what_was_confirmed_before_the_connection_broke_is_deleted(
    broker: Broker, relays: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a broker too slow for a whole batch would be sent the same one for ever."""
    broker.queue()
    rows = lamps(3)
    publish = Publisher.publish

    def publish_two(self: Publisher, events: Any, **options: Any) -> Outcomes:
        outcomes = publish(self, islice(events, 2), **options)
        outcomes.broken = BrokerUnavailable("cut")
        return outcomes

    monkeypatch.setattr(Publisher, "publish", publish_two)
    with pytest.raises(BrokerUnavailable, match="cut"):
        relays().step()
    assert OutboxEvent.objects.get() == rows[2]


def test_the_lease_is_kept_while_a_batch_takes_its_time(
    broker: Broker, relays: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay, other = relays(), relays()
    lamps(1)

    def publish_slowly(self: Publisher, events: Any, *, beat: Any) -> Outcomes:
        Lease.objects.update(expires_at=from_now(-1))
        relay._lease._sure_until = 0.0
        beat()
        assert not other._lease.take()
        sent = list(events)
        return Outcomes(sent=sent, confirmed=[event.id for event in sent])

    monkeypatch.setattr(Publisher, "publish", publish_slowly)
    assert relay.step() == 0


def test_a_relay_that_dies_after_the_confirm_publishes_again(
    broker: Broker, relays: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F13: confirm, then delete. The other order would lose what the crash came before."""
    queue = broker.queue()
    lamps(1)
    relay = relays()
    with monkeypatch.context() as crash:
        crash.setattr(relay, "_settle", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            relay.step()
    assert recorded()
    assert relay.step() == 0
    first, second = broker.take(queue, 2)
    assert first.properties.message_id == second.properties.message_id
    assert not recorded()


def test_no_transaction_is_open_while_the_broker_is_talked_to(
    broker: Broker, relays: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, bool, bool]] = []

    def watched(name: str) -> Any:
        original = getattr(Publisher, name)

        def call(self: Publisher, *args: Any, **options: Any) -> Any:
            seen.append((name, connection.in_atomic_block, connection.get_autocommit()))
            return original(self, *args, **options)

        return call

    for name in ("open", "publish"):
        monkeypatch.setattr(Publisher, name, watched(name))
    broker.queue()
    lamps(1)
    relays().step()
    assert seen == [("open", False, True), ("publish", False, True)]


def test_a_step_costs_few_statements(broker: Broker, relays: Any, django_assert_max_num_queries: Any) -> None:
    broker.queue("product.created")
    Product.objects.bulk_create(Product(title="Lamp") for _ in range(400))
    Product.objects.filter(id__in=list(Product.objects.values_list("id", flat=True)[:100])).update(price=1)
    relay = relays()
    relay._lease.take()
    with django_assert_max_num_queries(8):
        relay.step()
    assert OutboxEvent.objects.count() == 100


def test_what_no_queue_took_stays_and_says_why(broker: Broker, relays: Any, caplog: pytest.LogCaptureFixture) -> None:
    lamps(1)
    delay = relays().step()
    row = OutboxEvent.objects.get()
    assert (row.reason, row.attempts, row.held_at) == (Reason.UNROUTABLE, 1, None)
    assert "start a consumer" in row.last_error
    assert row.next_attempt_at > row.created_at
    assert OutboxEvent.objects.filter(next_attempt_at__lt=from_now(1)).exists()
    assert 0 < delay <= 0.5
    assert "'unroutable': 1" in caplog.text


def test_it_goes_out_once_a_queue_is_bound(broker: Broker, relays: Any) -> None:
    lamps(1)
    relay = relays()
    relay.step()
    OutboxEvent.objects.update(next_attempt_at=from_now(60))
    queue = broker.queue()
    assert relay.step() > 0  # not before its time
    due()
    assert relay.step() == 0
    assert len(broker.take(queue, 1)) == 1
    assert not OutboxEvent.objects.exists()


def test_what_a_full_queue_refused_stays_and_says_why(broker: Broker, relays: Any) -> None:
    broker.queue(max_length=0, overflow="reject-publish")
    lamps(2)
    relays().step()
    assert list(OutboxEvent.objects.values_list("reason", "attempts")) == [(Reason.NACKED, 1)] * 2


def test_each_attempt_waits_longer_up_to_a_bound(broker: Broker, relays: Any, conf: Any) -> None:
    conf(retry_max_seconds=4.0)
    lamps(1)
    relay = relays()
    delays = []
    for _ in range(8):
        delays.append(relay.step())
        due()
    assert OutboxEvent.objects.get().attempts == 8
    longest = [0.5, 1, 2, 4, 4, 4, 4, 4]
    assert all(0.7 * most <= delay <= most for delay, most in zip(delays, longest, strict=True))
    assert len(set(delays)) == 8  # so that many relays do not march in step


def test_a_retried_event_is_not_delayed_for_ever(broker: Broker, relays: Any, conf: Any) -> None:
    conf(retry_max_seconds=4.0)
    lamps(1)
    OutboxEvent.objects.update(attempts=5000)
    relays().step()
    assert OutboxEvent.objects.filter(next_attempt_at__lt=from_now(4.5)).exists()
