"""The source against the real broker: it consumes, acknowledges, and loses nothing when it dies."""

import threading
import time
from collections.abc import Callable
from itertools import chain

import pytest
from inbox import topology
from inbox.sources.amqp import AmqpSource
from inbox.sources.amqp.source import MAX_BATCH_BYTES

from tests.broker import Broker
from tests.polling import wait_until
from tests.receiving import bodies, numbered, receive

OpenSource = Callable[..., AmqpSource]


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


def test_an_event_that_comes_alone_is_had_at_once_and_in_a_stream_a_batch_waits_for_more(
    broker: Broker, open_source: OpenSource
) -> None:
    source = open_source(linger_seconds=1.0)
    broker.publish([b"warm-up"])
    receive(source, 1)
    source._received_at -= 1.0  # as if it had come a second ago
    took = {}
    for body in (b"alone", b"of a stream"):
        broker.publish([body])
        began = time.monotonic()
        assert bodies(source.receive(seconds=5)) == [body]
        took[body] = time.monotonic() - began
        source.acknowledge()
    assert took[b"alone"] < 0.4
    assert took[b"of a stream"] > 0.6
