"""The source itself: declares what is ours, receives batches and acknowledges them."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import pika
from django.conf import settings
from pika.channel import Channel

from inbox import topology
from inbox.envelope import Delivery
from inbox.sources import SourceUnavailable
from inbox.sources.amqp import steps
from inbox.sources.amqp.connection import Connection
from inbox.sources.amqp.dead_queue import DeadQueue

SOURCE = f"amqp:{topology.QUEUE}"
MAX_BATCH_BYTES = 4 * 1024 * 1024  # one statement must fit into a database packet (MariaDB: 16 MiB)


class AmqpSource:
    def __init__(self) -> None:
        self._connection = Connection(urls=settings.BROKER_URL)
        self._dead = DeadQueue(self._connection)
        self._channel: Channel | None = None
        self._consumer_tag = ""
        self._buffer: deque[tuple[int, Delivery, bool]] = deque()
        self._last_tag = 0
        self._has_fresh = False  # the batch held has a message that never killed a consumer
        self._is_wide = False
        self._is_ready = False
        self._received_at = 0.0
        self._worth_a_look = (1, settings.INBOX.batch)

    @property
    def where(self) -> str:
        return self._connection.where

    def open(self) -> None:
        self.close()
        self._connection.open(
            lambda: self._connection.open_channel(
                self._channel_opened, wanted=lambda: "" if self._is_ready else steps.WANTED
            ),
            is_ready=lambda: self._is_ready,
        )
        self._dead.follow()

    def receive(self, *, seconds: float) -> Sequence[Delivery]:
        """Live events, and beside them what the broker gave up on."""
        limit, run = settings.INBOX.batch, self._connection.run
        run(lambda: bool(self._buffer) or self._dead.has_some, seconds=seconds)
        if self._buffer and self._is_wide:
            # One that comes alone is applied at once; only in a stream does a batch wait, to be worth its transaction.
            linger = self._received_at + settings.INBOX.linger_seconds - time.monotonic()
            run(lambda: len(self._buffer) >= limit, seconds=max(0.0, linger))
        self._received_at = time.monotonic()
        return [*self._take(limit), *self._dead.take()]

    def note(self) -> None:
        """The broker keeps its own account."""

    def acknowledge(self) -> None:
        """Commit, then ack, once for all of the batch: killed in between, it comes again and changes nothing."""
        assert self._channel is not None
        if not self._channel.is_open:
            raise self._connection.lost
        if self._has_fresh and not self._is_wide:
            self._widen()
        if self._last_tag:
            self._channel.basic_ack(self._last_tag, multiple=True)
        self._last_tag = 0
        self._dead.acknowledge()

    def wait(self, *, seconds: float) -> None:
        self._connection.run(lambda: False, seconds=seconds)
        self._connection.is_woken = False

    def wake(self) -> None:
        self._connection.wake()

    def close(self) -> None:
        self._dead.forget(has_failed=self._connection.has_failed)
        self._connection.close()
        self._channel = None
        self._buffer.clear()
        self._last_tag = 0
        self._is_ready, self._is_wide = False, False

    def dispose(self) -> None:
        """For whoever lives on without it: a consumer keeps its source as long as its process."""
        self.close()
        self._connection.dispose()

    def _take(self, limit: int) -> list[Delivery]:
        deliveries: list[Delivery] = []
        size = 0
        self._has_fresh = False
        while self._buffer and len(deliveries) < limit:
            tag, delivery, is_redelivered = self._buffer[0]
            size += len(delivery.body)
            if deliveries and size > MAX_BATCH_BYTES:
                break
            self._buffer.popleft()
            self._last_tag, self._has_fresh = tag, self._has_fresh or not is_redelivered
            deliveries.append(delivery)
        return deliveries

    def _channel_opened(self, channel: Channel) -> None:
        """Declares what is ours, one step after the other, then subscribes to one message at first."""
        self._channel = channel
        channel.add_on_cancel_callback(
            lambda _: self._connection.fail(
                SourceUnavailable(f"{self.where} cancelled the consumer: queue {topology.QUEUE} was deleted")
            )
        )

        def ready() -> None:
            self._is_ready = True
            self._connection.look()

        # One at first: a message that kills this process must not take its neighbours to the dead letters.
        subscribe: steps.Step = lambda done: self._subscribe(prefetch=1, done=done)  # noqa: E731
        steps.in_turn([*steps.dead_queue(channel), *steps.live_queue(channel), subscribe], then=ready)

    def _subscribe(self, *, prefetch: int, done: Callable[[Any], None] | None = None) -> None:
        assert self._channel is not None
        self._channel.basic_qos(prefetch_count=prefetch)
        self._consumer_tag = self._channel.basic_consume(topology.QUEUE, self._on_message, callback=done)

    def _widen(self) -> None:
        """A prefetch counts for new consumers only, so the first one makes place for one that takes many.

        Before the ack: while its one message is unacknowledged no other can be on its way to the cancelled consumer.
        """
        assert self._channel is not None
        self._is_wide = True
        self._channel.basic_cancel(
            self._consumer_tag, callback=lambda _: self._subscribe(prefetch=2 * settings.INBOX.batch)
        )

    def _on_message(self, channel: Channel, method: Any, properties: pika.BasicProperties, body: bytes) -> None:
        delivery = Delivery(body=body, source=SOURCE, properties=vars(properties))
        self._buffer.append((method.delivery_tag, delivery, method.redelivered))
        if len(self._buffer) in self._worth_a_look:
            self._connection.look()
