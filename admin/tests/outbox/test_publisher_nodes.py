"""BROKER_URL with several nodes, and connections that die without a word."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from outbox.models import OutboxEvent
from outbox.outcomes import BrokerRefused, BrokerUnavailable

from tests.broker import Broker, Proxy

# pika looks every `heartbeat + 5` seconds whether anything came since it last looked.
NOTICED_SECONDS = 30


def an_event() -> OutboxEvent:
    return OutboxEvent(
        id=1, event_id=uuid4(), aggregateid="1", type="lockstep.catalogue.product.created.v1", payload="{}"
    )


def test_each_attempt_to_connect_takes_the_next_node(broker: Broker, proxy: Proxy, publishers: Any) -> None:
    broker.queue()
    dead = proxy.url.rpartition("@")[2].partition("/")[0]
    publisher = publishers(f"{broker.url},{proxy.url}")
    publisher.open()
    assert dead not in publisher.where
    for _ in range(2):
        with pytest.raises(BrokerUnavailable, match=f"{dead}.* cannot be reached"):
            publisher.open()
        publisher.open()
        assert dead not in publisher.where
    assert publisher.publish([an_event()]).confirmed == [1]


@pytest.mark.parametrize(("asked", "seconds"), [("", 10), ("?heartbeat=3", 3), ("?heartbeat=0", 0)])
def test_the_heartbeat_is_10_seconds_unless_the_url_says_another(
    broker: Broker, publishers: Any, asked: str, seconds: int
) -> None:
    publisher = publishers(f"{broker.url}{asked}")
    publisher.open()
    assert publisher._connection.params.heartbeat == seconds


def test_a_half_open_connection_is_noticed_while_idle(proxy: Proxy, publishers: Any) -> None:
    proxy.open()
    publisher = publishers(f"{proxy.url}?heartbeat=1")
    publisher.open()
    proxy.is_hanging = True
    with pytest.raises(BrokerUnavailable, match="AMQPHeartbeatTimeout"):
        publisher.wait(NOTICED_SECONDS)
    proxy.is_hanging = False
    publisher.open()
    assert publisher.is_open


def test_a_half_open_connection_is_noticed_in_the_middle_of_a_batch(
    proxy: Proxy, publishers: Any, broker: Broker
) -> None:
    broker.queue()
    proxy.open()
    publisher = publishers(f"{proxy.url}?heartbeat=1", confirm_seconds=NOTICED_SECONDS)
    publisher.open()
    proxy.is_hanging = True
    outcomes = publisher.publish([an_event()])
    assert outcomes.confirmed == []
    assert "AMQPHeartbeatTimeout" in str(outcomes.broken)
    proxy.is_hanging = False
    publisher.open()
    assert publisher.publish([an_event()]).confirmed == [1]


@pytest.mark.filterwarnings("ignore:ssl.PROTOCOL_TLS is deprecated")
def test_a_url_that_switches_the_check_of_the_certificate_off_is_refused(publishers: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="the check of the broker's certificate off") as refusal:
        publishers("amqps://user:hunter2@host/vhost?ssl_options={'protocol':2%2C'capath':'/'}")
    assert "hunter2" not in str(refusal.value)


def test_a_broker_without_tls_is_refused_where_the_url_wants_it(broker: Broker, publishers: Any) -> None:
    with pytest.raises(BrokerRefused, match="does not speak TLS on this port"):
        publishers(broker.url.replace("amqp:", "amqps:")).open()
