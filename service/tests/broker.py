"""The real broker that TEST_BROKER_URL names, as admin and an operator see it: by a connection of the test's own."""

import os
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

import pika
import pika.exceptions
import pytest
from inbox import topology

from tests.polling import wait_until


class Broker:
    def __init__(self) -> None:
        self.url = os.environ.get("TEST_BROKER_URL", "")
        if not self.url:
            pytest.fail("TEST_BROKER_URL is not set: name a RabbitMQ for tests, or run make test.", pytrace=False)
        self._connection = pika.BlockingConnection(pika.URLParameters(self.url))
        self._channel = self._connection.channel()
        self._channel.confirm_delivery()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._connection.close()

    def clear(self) -> None:
        for queue in (topology.QUEUE, topology.DEAD_QUEUE):
            self._channel.queue_delete(queue)
        for exchange in (topology.EXCHANGE, topology.DEAD_EXCHANGE):
            self._channel.exchange_delete(exchange)

    def declare_exchange(self, name: str = topology.EXCHANGE, kind: str = "topic") -> None:
        """As admin's relay does. Raises ChannelClosedByBroker where there is one of another kind."""
        self._channel.exchange_declare(name, kind, durable=True)

    def delete_queue(self, name: str = topology.QUEUE) -> None:
        self._channel.queue_delete(name)

    def declare_queue(self, name: str = topology.QUEUE, **arguments: Any) -> None:
        """Raises ChannelClosedByBroker where there is one with other arguments."""
        self._channel.queue_declare(name, durable=True, arguments=arguments)

    def publish(self, bodies: Iterable[bytes], *, key: str = "product.updated", **properties: Any) -> None:
        """Mandatory and confirmed: raises where no queue takes it."""
        wanted = pika.BasicProperties(delivery_mode=2, **properties)
        for body in bodies:
            self._channel.basic_publish(topology.EXCHANGE, key, body, wanted, mandatory=True)

    def send_dead(self, bodies: Iterable[bytes], **properties: Any) -> None:
        """As the broker moves them there, or anybody."""
        for body in bodies:
            self._channel.basic_publish(topology.DEAD_EXCHANGE, "", body, pika.BasicProperties(**properties), True)

    def takes_dead(self, body: bytes) -> bool:
        """Sends it; False where no queue is bound for it."""
        try:
            self.send_dead([body])
        except pika.exceptions.UnroutableError:
            return False
        return True

    def take(self, queue: str = topology.QUEUE) -> bytes | None:
        """The first message that is ready, None where none is. It is acknowledged."""
        _, _, body = self._channel.basic_get(queue, auto_ack=True)
        return body

    def drain(self, queue: str = topology.QUEUE) -> list[bytes]:
        """All that waits in the queue: a message sent behind the others shows where they end."""
        self._channel.basic_publish("", queue, b"the end", mandatory=True)
        found: list[bytes] = []
        wait_until(lambda: b"the end" in found or found.extend(body for body in [self.take(queue)] if body is not None))
        return found[:-1]

    def reject(self) -> None:
        """The first message of the queue, as the broker itself does with one beyond the delivery limit."""
        method, _, _ = self._channel.basic_get(topology.QUEUE)
        self._channel.basic_reject(method.delivery_tag, requeue=False)

    def ready(self, queue: str = topology.QUEUE) -> int:
        """How many messages wait in the queue and are with no consumer."""
        return int(self._channel.queue_declare(queue, passive=True).method.message_count)
