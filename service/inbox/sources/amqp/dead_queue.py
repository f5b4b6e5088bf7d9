"""What the broker gave up on, drained by a channel of its own beside the live one."""

import time
from collections import deque
from typing import Any

import pika
from pika.channel import Channel

from inbox import topology
from inbox.envelope import Delivery
from inbox.sources.amqp import steps
from inbox.sources.amqp.connection import Connection

PREFETCH = 10
# It waits its turn: a message that kills this process, or that pika cannot even read, must have had the time to show
# itself, or a restart after each would cost the dead letters a delivery too.
FIRST_SECONDS = 0.3
LONGEST_SECONDS = 300.0
SUSPECT_SECONDS = 5.0


class DeadQueue:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._channel: Channel | None = None
        self._buffer: deque[tuple[int, Delivery]] = deque()
        self._last_tag = 0
        self._wait_seconds = FIRST_SECONDS
        self._began_at = 0.0

    @property
    def has_some(self) -> bool:
        return bool(self._buffer)

    def follow(self) -> None:
        """Begins a moment later; each time that this was the connection's end, that moment grows."""
        self._connection.loop.call_later(self._wait_seconds, self._open)

    def take(self) -> list[Delivery]:
        deliveries = []
        while self._buffer:
            self._last_tag, delivery = self._buffer.popleft()
            deliveries.append(delivery)
        return deliveries

    def acknowledge(self) -> None:
        """All that was taken."""
        if self._last_tag and self._channel is not None and self._channel.is_open:
            self._channel.basic_ack(self._last_tag, multiple=True)
        self._last_tag = 0

    def forget(self, *, has_failed: bool) -> None:
        """Its connection is gone; by a message that pika cannot read, perhaps, if it went soon after the beginning."""
        is_suspect = has_failed and time.monotonic() - self._began_at < SUSPECT_SECONDS
        self._wait_seconds = min(4 * self._wait_seconds, LONGEST_SECONDS) if is_suspect else FIRST_SECONDS
        self._channel, self._began_at = None, 0.0
        self._buffer.clear()
        self._last_tag = 0

    def _open(self) -> None:
        self._connection.open_channel(self._opened, wanted=lambda: "" if self._began_at else steps.WANTED)

    def _opened(self, channel: Channel) -> None:
        self._channel = channel
        # Declared again at once: while it is missing, what the broker gives up on stays in its queue.
        channel.add_on_cancel_callback(lambda _: self._declare(channel))
        channel.basic_qos(prefetch_count=PREFETCH)
        self._declare(channel)

    def _declare(self, channel: Channel) -> None:
        def begin() -> None:
            self._began_at = time.monotonic()
            channel.basic_consume(topology.DEAD_QUEUE, self._on_message)

        self._began_at = 0.0
        steps.in_turn(steps.dead_queue(channel), then=begin)

    def _on_message(self, channel: Channel, method: Any, properties: pika.BasicProperties, body: bytes) -> None:
        delivery = Delivery(
            body=body,
            source=f"amqp:{topology.DEAD_QUEUE}",
            properties=vars(properties),
            given_up=f"the broker gave up on it: {_why(properties.headers)}",
        )
        self._buffer.append((method.delivery_tag, delivery))
        self._connection.look()


def _why(headers: Any) -> str:
    """What the broker's own account in x-death says, the newest entry first; anybody may have sent another."""
    deaths = headers.get("x-death") if isinstance(headers, dict) else None
    newest = deaths[0] if isinstance(deaths, list) and deaths and isinstance(deaths[0], dict) else {}
    if not newest:
        return "it does not say why"
    reason = {"delivery_limit": "delivered too often"}.get(str(newest.get("reason")), str(newest.get("reason")))
    return f"{reason}, in {newest.get('queue')}"
