"""Connections, queues and consumers that die: what was not acknowledged comes again, and only that."""

from collections.abc import Callable

import pytest
from inbox.processor import Processor
from inbox.routing import Outcome
from inbox.sources import SourceUnavailable
from inbox.sources.amqp import AmqpSource

from tests.broker import Broker
from tests.events import body
from tests.polling import wait_until
from tests.proxy import Proxy
from tests.receiving import bodies, numbered, receive

OpenSource = Callable[..., AmqpSource]


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


def test_what_was_received_by_a_connection_that_is_gone_is_forgotten_with_it(
    broker: Broker, open_source: OpenSource
) -> None:
    source = open_source(batch=4)
    broker.publish([b"warm-up"])
    receive(source, 1)
    broker.publish(numbered(1, 8))
    wait_until(lambda: source.wait(seconds=0.05) or not broker.ready())
    assert len(source.receive(seconds=5)) == 4, "the others are here too, but for the next batch"
    source.open()
    assert sorted(receive(source, 7)) == numbered(1, 8)
    assert source.receive(seconds=0.1) == []


def test_a_new_connection_is_as_careful_as_the_first_and_widens_again(broker: Broker, open_source: OpenSource) -> None:
    source = open_source()
    broker.publish([b"warm-up"])
    receive(source, 1)
    source.close()
    broker.publish(numbered(1, 7))
    source.open()
    assert bodies(source.receive(seconds=5)) == numbered(1, 2)
    source.wait(seconds=0.2)
    assert broker.ready() == 5
    source.acknowledge()
    wait_until(lambda: source.wait(seconds=0.05) or not broker.ready())


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


def test_a_held_batch_outlives_the_heartbeat(broker: Broker, open_source: OpenSource) -> None:
    """The broker gives up a connection after two heartbeats of silence."""
    source = open_source(url=f"{broker.url}?heartbeat=1")
    broker.publish([b"held"])
    assert source.receive(seconds=5)
    source.wait(seconds=3.5)
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
