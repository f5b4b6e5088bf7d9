"""What may stand round a message: the broker passes on what no reader here expects."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from inbox import topology
from inbox.models import DeadLetter
from inbox.processor import Processor
from inbox.sources import SourceUnavailable
from inbox.sources.amqp import AmqpSource

from tests.broker import Broker
from tests.polling import wait_until

OpenSource = Callable[..., AmqpSource]


def nested(depth: int) -> Any:
    value: Any = "core"
    for _ in range(depth):
        value = {"": value}
    return value


@contextlib.contextmanager
def deep_stack() -> Iterator[None]:
    """A publisher that can write what pika cannot read."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


@pytest.mark.django_db
def test_odd_properties_of_a_real_message_are_stored_with_its_dead_letter(
    broker: Broker, open_source: OpenSource
) -> None:
    source = open_source()
    headers = {
        "bytes": b"\xff\x00",
        "when": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "decimal": Decimal("1.5"),
        "table": {"list": [1, {"none": None}, True]},
        "nul\x00key": "nul\x00value",
        "emoji": "💡",
        "big": 2**62,
        "deep": nested(100),
    }
    broker.publish([b"bad"], headers=headers, timestamp=2**63, priority=200, correlation_id="\x00")
    Processor().process(source.receive(seconds=5))
    stored = DeadLetter.objects.get().headers
    assert (stored["timestamp"], stored["priority"], stored["correlation_id"]) == (2**63, 200, "\\x00")
    assert stored["headers"].pop("deep")
    assert stored["headers"] == {
        "bytes": "/wA=",
        "when": "2026-01-02T03:04:05Z",
        "decimal": "1.5",
        "table": {"list": [1, {"none": None}, True]},
        "nul\\x00key": "nul\\x00value",
        "emoji": "💡",
        "big": str(2**62),  # pika has a type of its own for it
    }


def test_a_message_that_cannot_even_be_received_is_dead_lettered_by_the_broker_and_its_neighbours_are_not(
    broker: Broker, open_source: OpenSource
) -> None:
    """pika's reader fails on it and ends the connection; the delivery limit ends that."""
    source = open_source()
    source.close()
    with deep_stack():
        broker.publish([b"killer"], headers={"deep": nested(3000)})
    broker.publish([b"neighbour 1", b"neighbour 2"])
    received: list[bytes] = []
    attempts = 0
    while len(received) < 2 and attempts < 40:
        attempts += 1
        with contextlib.suppress(SourceUnavailable):
            source.open()
            while deliveries := source.receive(seconds=1):
                received += [delivery.body for delivery in deliveries]
                source.acknowledge()
    assert received == [b"neighbour 1", b"neighbour 2"]
    assert attempts > topology.QUEUE_ARGUMENTS["x-delivery-limit"]
    wait_until(lambda: broker.ready(topology.DEAD_QUEUE) == 1)
    broker.publish([b"neighbour 3", b"neighbour 4"])
    lasts = False
    for _ in range(6):  # the dead letters' queue now ends the connection, but ever more rarely
        with contextlib.suppress(SourceUnavailable):
            source.open()
            while deliveries := source.receive(seconds=2):
                received += [delivery.body for delivery in deliveries]
                source.acknowledge()
            lasts = True
            break
    assert lasts
    assert received[2:] == [b"neighbour 3", b"neighbour 4"]
    source.close()
    wait_until(lambda: broker.ready(topology.DEAD_QUEUE) == 1)
