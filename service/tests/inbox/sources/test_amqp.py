"""The source against the real broker: it consumes, acknowledges, and loses nothing when it dies."""

import threading
import time
from collections.abc import Callable
from itertools import chain

import pytest
from inbox import topology
from inbox.envelope import Delivery
from inbox.processor import Processor
from inbox.routing import Outcome
from inbox.sources import SourceUnavailable
from inbox.sources.amqp import MAX_BATCH_BYTES, AmqpSource

from tests.broker import Broker
from tests.events import body
from tests.polling import wait_until
from tests.proxy import Proxy

OpenSource = Callable[..., AmqpSource]
QUEUE = topology.QUEUE


def bodies(deliveries: list[Delivery]) -> list[bytes]:
    return [delivery.body for delivery in deliveries]


def receive(source: AmqpSource, count: int) -> list[bytes]:
    """At least `count` events, acknowledged batch by batch, as the consumer does."""
    received: list[bytes] = []
    deadline = time.monotonic() + 15
    while len(received) < count:
        assert time.monotonic() < deadline, f"{len(received)} of {count} events came"
        if batch := source.receive(seconds=1):
            received += [delivery.body for delivery in batch]
            source.acknowledge()
    return received


def numbered(start: int, end: int) -> list[bytes]:
    return [body(id=id) for id in range(start, end)]


def test_it_declares_its_queues_with_the_arguments_of_the_contract(broker: Broker, open_source: OpenSource) -> None:
    open_source()
    broker.declare_queue(
        **{
            "x-queue-type": "quorum",
            "x-delivery-limit": 20,
            "x-dead-letter-exchange": "service.dead",
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }
    )
    broker.declare_exchange(topology.DEAD_EXCHANGE, "fanout")
    broker.declare_queue(topology.DEAD_QUEUE, **{"x-queue-type": "quorum"})


@pytest.mark.parametrize("key", ["product.created", "product.updated", "product.deleted", "product.archived"])
def test_every_event_of_a_product_reaches_the_queue(broker: Broker, open_source: OpenSource, key: str) -> None:
    source = open_source()
    broker.publish([b"event"], key=key)
    assert receive(source, 1) == [b"event"]


def test_what_the_broker_dead_letters_goes_to_the_dead_letter_queue(broker: Broker, open_source: OpenSource) -> None:
    open_source().close()
    broker.publish([b"killer"])
    broker.reject()
    wait_until(lambda: broker.ready(topology.DEAD_QUEUE))
    assert broker.take(topology.DEAD_QUEUE) == b"killer"


def test_events_come_in_order_with_their_properties_and_are_gone_once_acknowledged(
    broker: Broker, open_source: OpenSource
) -> None:
    source = open_source(batch=50)
    sent = numbered(0, 301)
    broker.publish(sent[:1], message_id="first", app_id="admin", headers={"traceparent": "00-1"})
    first = source.receive(seconds=5)
    assert bodies(first) == sent[:1]
    assert first[0].source == "amqp:service.products"
    assert first[0].properties["message_id"] == "first"
    assert first[0].properties["headers"] == {"traceparent": "00-1"}
    source.acknowledge()
    broker.publish(sent[1:])
    assert receive(source, 300) == sent[1:]
    source.close()
    assert broker.drain() == []


def test_what_is_not_acknowledged_comes_again(broker: Broker, open_source: OpenSource) -> None:
    source = open_source()
    broker.publish([b"warm-up"])
    receive(source, 1)
    sent = numbered(1, 11)
    broker.publish(sent)
    held = bodies(source.receive(seconds=5))
    assert held
    source.close()
    assert sorted(broker.drain()) == sorted(sent)


def test_one_acknowledgement_counts_for_the_whole_batch_and_for_no_more(
    broker: Broker, open_source: OpenSource
) -> None:
    source = open_source(batch=4)
    broker.publish([b"warm-up"])
    receive(source, 1)
    sent = numbered(1, 11)
    broker.publish(sent)
    batches = [bodies(source.receive(seconds=5))]
    source.acknowledge()
    batches.append(bodies(source.receive(seconds=5)))
    source.close()
    acknowledged = batches[0]
    assert acknowledged == sent[: len(acknowledged)]
    assert batches[1]
    assert sorted(broker.drain()) == sorted(sent[len(acknowledged) :])


def test_it_takes_one_at_first_and_many_after_a_fresh_one(broker: Broker, open_source: OpenSource) -> None:
    open_source().close()
    sent = numbered(1, 7)
    broker.publish(sent)
    source = open_source()
    assert bodies(source.receive(seconds=5)) == sent[:1]
    source.wait(seconds=0.2)
    assert broker.ready() == 5, "its neighbours are still the broker's"
    source.acknowledge()
    assert source.receive(seconds=5)
    source.wait(seconds=0.2)
    assert broker.ready() == 0


def test_it_stays_careful_while_it_gets_what_may_have_killed_a_consumer(
    broker: Broker, open_source: OpenSource
) -> None:
    open_source().close()
    broker.publish(numbered(1, 7))
    first = open_source()
    first.receive(seconds=5)
    first.close()
    second = open_source()
    assert bodies(second.receive(seconds=5)) == numbered(1, 2), "the redelivered one"
    second.acknowledge()
    assert bodies(second.receive(seconds=5)) == numbered(2, 3), "a fresh one, alone again"
    second.wait(seconds=0.2)
    assert broker.ready() == 4


@pytest.mark.django_db
def test_an_event_whose_consumer_was_killed_between_commit_and_ack_changes_nothing_the_second_time(
    broker: Broker, open_source: OpenSource
) -> None:
    source = open_source()
    broker.publish([body()])
    assert Processor().process(source.receive(seconds=5)) == {Outcome.APPLIED: 1}
    source.close()
    again = open_source()
    assert Processor().process(again.receive(seconds=5)) == {Outcome.DUPLICATE: 1}
    again.acknowledge()
    again.close()
    assert broker.drain() == []


def test_a_batch_is_bounded_by_count(broker: Broker, open_source: OpenSource) -> None:
    source = open_source(batch=3)
    broker.publish([b"warm-up"])
    receive(source, 1)
    broker.publish(numbered(1, 11))
    source.wait(seconds=0.2)
    sizes = []
    while batch := source.receive(seconds=0.2):
        sizes.append(len(batch))
        source.acknowledge()
    assert (max(sizes), sum(sizes)) == (3, 10)


def test_a_batch_is_bounded_by_bytes_and_never_empty(broker: Broker, open_source: OpenSource) -> None:
    source = open_source()
    broker.publish([b"warm-up"])
    receive(source, 1)
    large, half = b"x" * (MAX_BATCH_BYTES + 1), b"y" * (MAX_BATCH_BYTES // 2)
    broker.publish([half, half, half, large, b"small"])
    wait_until(lambda: source.wait(seconds=0.05) or not broker.ready())
    sizes = []
    while batch := source.receive(seconds=0.5):
        sizes.append([len(delivery.body) for delivery in batch])
        source.acknowledge()
    assert list(chain(*sizes)) == [len(half)] * 3 + [len(large), 5]
    assert all(len(batch) == 1 or sum(batch) <= MAX_BATCH_BYTES for batch in sizes)


def test_receive_returns_after_its_time_with_nothing(open_source: OpenSource) -> None:
    source = open_source()
    began = time.monotonic()
    assert source.receive(seconds=0.3) == []
    assert 0.3 <= time.monotonic() - began < 3


@pytest.mark.parametrize("method", ["receive", "wait"])
def test_a_wake_up_ends_the_waiting(open_source: OpenSource, method: str) -> None:
    source = open_source()
    timer = threading.Timer(0.1, source.wake)
    timer.start()
    began = time.monotonic()
    getattr(source, method)(seconds=30)
    assert time.monotonic() - began < 10
    timer.join()


def test_a_held_batch_outlives_the_heartbeat(broker: Broker, open_source: OpenSource) -> None:
    """The broker gives up a connection after two heartbeats of silence."""
    source = open_source(url=f"{broker.url}?heartbeat=1")
    broker.publish([b"held"])
    assert source.receive(seconds=5)
    source.wait(seconds=4.5)
    source.acknowledge()
    assert source.receive(seconds=0.1) == []
    source.close()
    assert broker.drain() == []


def test_a_cut_connection_is_unavailable_and_opens_again(broker: Broker, open_source: OpenSource) -> None:
    with Proxy(broker.url) as proxy:
        source = open_source(url=proxy.url)
        broker.publish([b"held"])
        assert bodies(source.receive(seconds=5)) == [b"held"]
        proxy.cut()
        with pytest.raises(SourceUnavailable, match=r"broker \S+@127\.0\.0\.1:\d+, vhost"):
            source.wait(seconds=10)
        with pytest.raises(SourceUnavailable):
            source.acknowledge()
        source.open()
        assert receive(source, 1) == [b"held"]


def test_a_deleted_queue_is_unavailable_and_declared_again(broker: Broker, open_source: OpenSource) -> None:
    source = open_source()
    broker.delete_queue()
    with pytest.raises(SourceUnavailable, match=r"queue service\.products was deleted"):
        source.receive(seconds=10)
    source.open()
    broker.publish([b"event"])
    assert receive(source, 1) == [b"event"]
