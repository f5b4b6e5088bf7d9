"""What tests do with a source again and again."""

import time
from collections.abc import Sequence

from inbox.envelope import Delivery
from inbox.sources.amqp import AmqpSource

from tests.events import body


def bodies(deliveries: Sequence[Delivery]) -> list[bytes]:
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
