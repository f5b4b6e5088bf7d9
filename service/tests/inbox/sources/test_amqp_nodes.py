"""BROKER_URL with several nodes, and connections that die without a word."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from inbox.sources import SourceUnavailable
from inbox.sources.amqp import AmqpSource

from tests.broker import Broker
from tests.database import closed_port
from tests.proxy import Proxy
from tests.receiving import numbered, receive

OpenSource = Callable[..., AmqpSource]
# pika looks every `heartbeat + 5` seconds whether anything came since it last looked.
NOTICED_SECONDS = 30


def test_each_attempt_to_connect_takes_the_next_node(broker: Broker, make_source: OpenSource) -> None:
    dead = f"127.0.0.1:{closed_port()}"
    alive = urlsplit(broker.url).netloc.rpartition("@")[2]
    source = make_source(url=f"{broker.url},{broker.url.replace(alive, dead)}")
    source.open()
    assert alive in source.where
    for _ in range(2):
        with pytest.raises(SourceUnavailable, match=f"{dead}.* cannot be reached"):
            source.open()
        source.open()
        assert alive in source.where
    broker.publish([b"event"])
    assert receive(source, 1) == [b"event"]


@pytest.mark.parametrize(("asked", "seconds"), [("", 10), ("?heartbeat=3", 3), ("?heartbeat=0", 0)])
def test_the_heartbeat_is_10_seconds_unless_the_url_says_another(
    broker: Broker, open_source: OpenSource, asked: str, seconds: int
) -> None:
    source = open_source(url=f"{broker.url}{asked}")
    assert source._connection._pika is not None
    assert source._connection._pika.params.heartbeat == seconds


def test_a_half_open_connection_is_noticed_while_idle(broker: Broker, open_source: OpenSource) -> None:
    with Proxy(broker.url) as proxy:
        source = open_source(url=f"{proxy.url}?heartbeat=1")
        proxy.hang()
        with pytest.raises(SourceUnavailable, match="AMQPHeartbeatTimeout"):
            source.receive(seconds=NOTICED_SECONDS)
        proxy.flow()
        source.open()
        broker.publish([b"event"])
        assert receive(source, 1) == [b"event"]


def test_a_half_open_connection_is_noticed_in_the_middle_of_a_batch(broker: Broker, open_source: OpenSource) -> None:
    with Proxy(broker.url) as proxy:
        source = open_source(url=f"{proxy.url}?heartbeat=1", batch=4)
        broker.publish([b"warm-up"])
        receive(source, 1)
        broker.publish(numbered(1, 8))
        assert source.receive(seconds=5)
        proxy.hang()
        source.acknowledge()
        with pytest.raises(SourceUnavailable, match="AMQPHeartbeatTimeout"):
            source.wait(seconds=NOTICED_SECONDS)
        proxy.flow()
        source.open()
        assert sorted(receive(source, 7)) == numbered(1, 8), "the acknowledgement was lost too"


def test_a_channel_that_the_broker_closes_over_a_late_ack_is_unavailable_and_opens_again(
    broker: Broker, open_source: OpenSource
) -> None:
    """As its consumer timeout does; 406 is no matter of queue arguments any more."""
    source = open_source()
    broker.publish([b"event"])
    assert source.receive(seconds=5)
    assert source._channel is not None
    source._channel.basic_ack(4711)
    with pytest.raises(SourceUnavailable, match="said 406") as caught:
        source.receive(seconds=5)
    assert type(caught.value) is SourceUnavailable
    source.open()
    assert receive(source, 1) == [b"event"]
