"""What a thousand events cost in statements and frames: it is round trips that make or break the speed."""

from collections.abc import Callable
from typing import Any

import pika
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from inbox.consumer import Consumer
from inbox.sources.amqp import AmqpSource

from tests.broker import Broker
from tests.polling import wait_until
from tests.receiving import numbered

EVENTS = 1000


@pytest.fixture
def frames(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The AMQP methods that the consumer sends."""
    sent: list[str] = []
    send = pika.connection.Connection._send_method

    def watched(self: Any, channel_number: int, method: Any, content: Any = None) -> None:
        sent.append(method.NAME)
        send(self, channel_number, method, content)

    monkeypatch.setattr(pika.connection.Connection, "_send_method", watched)
    return sent


@pytest.mark.django_db(transaction=True)
def test_the_consumer_takes_few_statements_and_acks_for_a_thousand_events(
    broker: Broker, frames: list[str], make_source: Callable[[], AmqpSource]
) -> None:
    consumer = Consumer(source=make_source())
    consumer._open()
    broker.publish(numbered(1, EVENTS + 1))
    wait_until(lambda: broker.ready() == EVENTS - 1)
    frames.clear()
    batches = received = 0
    with CaptureQueriesContext(connection) as statements:
        while received < EVENTS:
            received += consumer.step(seconds=5)
            batches += 1
    consumer._close()
    assert batches <= 10
    # Begin, the versions, the rows, commit.
    assert len(statements) <= 4 * batches + 1, [statement["sql"][:80] for statement in statements]
    assert frames.count("Basic.Ack") == batches
    assert len(frames) <= batches + 20, frames  # and those that widen the prefetch and follow the dead letters
