"""Service's queue, seen and filled from outside: by raw pika, past admin and past the accounts of what it published."""

from typing import Any

import pika
import pika.exceptions

from tests.faults.lab.amqp import QUEUE, channel

DEAD_QUEUE = "service.products.dead"


class Queue:
    def __init__(self, url: str) -> None:
        self._url = url

    def publish(self, *bodies: bytes, **properties: Any) -> None:
        """Straight into the queue, in this order, and confirmed."""
        with channel(self._url) as opened:
            opened.confirm_delivery()
            for body in bodies:
                opened.basic_publish("", QUEUE, body, pika.BasicProperties(**properties), mandatory=True)

    def ready(self, name: str = QUEUE) -> int:
        """Messages that no consumer has in hand."""
        return int(self._declared(name).message_count)

    def consumers(self, name: str = QUEUE) -> int:
        return int(self._declared(name).consumer_count)

    def delete(self, name: str = QUEUE) -> None:
        with channel(self._url) as opened:
            opened.queue_delete(name)

    def deliveries(self) -> int:
        """How many the first message has behind it. Looking at it is one more."""
        with channel(self._url) as opened:
            _, properties, body = opened.basic_get(QUEUE)
            assert body is not None, "the queue is empty"
            return int((properties.headers or {}).get("x-delivery-count", 0))

    def refuse(self) -> None:
        """The first message becomes a dead letter of the broker's, as when its delivery limit is reached."""
        with channel(self._url) as opened:
            method, _, body = opened.basic_get(QUEUE)
            assert body is not None, "the queue is empty"
            opened.basic_reject(method.delivery_tag, requeue=False)

    def _declared(self, name: str) -> Any:
        with channel(self._url) as opened:
            try:
                return opened.queue_declare(name, passive=True).method
            except pika.exceptions.ChannelClosedByBroker as error:
                raise ConnectionError(f"no queue {name}: {error!r}") from error  # what `eventually` waits through
