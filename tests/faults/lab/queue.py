"""Service's queue, seen and filled from outside: by raw pika, past admin and past the accounts of what it published."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel

QUEUE, DEAD_QUEUE = "service.products", "service.products.dead"


class Queue:
    def __init__(self, url: str) -> None:
        self._url = url

    def publish(self, *bodies: bytes, **properties: Any) -> None:
        """Straight into the queue, in this order, and confirmed."""
        with self._channel() as channel:
            channel.confirm_delivery()
            for body in bodies:
                channel.basic_publish("", QUEUE, body, pika.BasicProperties(**properties), mandatory=True)

    def ready(self, name: str = QUEUE) -> int:
        """Messages that no consumer has in hand."""
        with self._channel() as channel:
            return int(channel.queue_declare(name, passive=True).method.message_count)

    def consumers(self) -> int:
        with self._channel() as channel:
            return int(channel.queue_declare(QUEUE, passive=True).method.consumer_count)

    def delete(self, name: str = QUEUE) -> None:
        with self._channel() as channel:
            channel.queue_delete(name)

    def deliveries(self) -> int:
        """How many the first message has behind it. Looking at it is one more."""
        with self._channel() as channel:
            _, properties, body = channel.basic_get(QUEUE)
            assert body is not None, "the queue is empty"
            return int((properties.headers or {}).get("x-delivery-count", 0))

    def refuse(self) -> None:
        """The first message becomes a dead letter of the broker's, as when its delivery limit is reached."""
        with self._channel() as channel:
            method, _, body = channel.basic_get(QUEUE)
            assert body is not None, "the queue is empty"
            channel.basic_reject(method.delivery_tag, requeue=False)

    @contextlib.contextmanager
    def _channel(self) -> Iterator[BlockingChannel]:
        connection = pika.BlockingConnection(pika.URLParameters(self._url))
        try:
            yield connection.channel()
        finally:
            if connection.is_open:
                connection.close()
