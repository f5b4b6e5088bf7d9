"""Pipelined publishing with confirms, over one SelectConnection. Beside `broker` all of admin that knows pika.

pika's I/O loop runs only inside `publish` and `wait`, on the relay's own thread; heartbeats are served there too.
"""

import contextlib
import functools
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Any

import pika
from pika.adapters.select_connection import IOLoop
from pika.channel import Channel
from pika.exceptions import AMQPError, ChannelClosedByBroker
from processes.activity import activity

from outbox.batches import Claimed
from outbox.broker import Nodes, explain, note_blocked
from outbox.envelope import CONTENT_TYPE, traceparent
from outbox.models import Reason
from outbox.outcomes import BatchRefused, BrokerUnavailable, Cause, Outcomes
from outbox.topology import APP_ID, EXCHANGE, EXCHANGE_TYPE

OPEN_SECONDS = 15.0
BEAT_SECONDS = 1.0
SEND_EVERY = 100  # events, so that the broker has work while the next ones are made ready
PERSISTENT = pika.DeliveryMode.Persistent.value  # looked up once, not for each event
NOT_OVER_AN_EVENT = (403, 404)  # no right to publish, no exchange: whatever was published would meet them


class Connection(pika.SelectConnection):  # type: ignore[misc]
    """Sends many messages as one piece; pika would send each of a message's three frames by itself."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._gathered: list[bytes] = []
        self._is_gathering = False
        super().__init__(*arguments, **options)

    @contextlib.contextmanager
    def gathering(self) -> Iterator[None]:
        """Within it what is published waits for `flush`."""
        self._is_gathering = True
        try:
            yield
        finally:
            self._is_gathering = False
            self.flush()

    def flush(self) -> None:
        piece = b"".join(self._gathered)
        self._gathered.clear()
        if piece and not self.is_closed:
            super()._output_marshaled_frames([piece])

    def _output_marshaled_frames(self, marshaled_frames: Sequence[bytes]) -> None:
        self._gathered.extend(marshaled_frames)
        if not self._is_gathering:
            self.flush()


class Publisher:
    def __init__(self, *, urls: str, confirm_seconds: float, wakes: socket.socket) -> None:
        self._nodes = Nodes(urls, blocked_seconds=confirm_seconds)
        self._confirm_seconds = confirm_seconds
        self._wakes = wakes
        self._loop = IOLoop()
        self._connection: Connection | None = None
        self._channel: Channel | None = None
        self._failure: BrokerUnavailable | None = None
        self._awaited: dict[int, Claimed] = {}  # delivery tag → event, until the broker has answered
        self._returned: set[str] = set()
        self._outcomes = Outcomes()
        self._tag = 0

    @property
    def is_open(self) -> bool:
        return self._channel is not None and self._channel.is_open and self._failure is None

    @property
    def where(self) -> str:
        return self._nodes.where

    def open(self) -> None:
        """Connects to a node, asks for confirms and declares the exchange. Raises BrokerUnavailable, BrokerRefused."""
        self.close()
        self._connection = Connection(
            self._nodes.next(),
            on_open_callback=lambda connection: connection.channel(on_open_callback=self._channel_opened),
            on_open_error_callback=lambda _, error: self._fail(explain(error, where=self.where)),
            on_close_callback=lambda _, error: self._fail(explain(error, where=self.where)),
            custom_ioloop=self._loop,
        )
        self._connection.add_on_connection_blocked_callback(lambda _, frame: note_blocked(frame.method.reason))
        self._connection.add_on_connection_unblocked_callback(lambda *_: note_blocked(""))
        self._run(lambda: self._channel is not None, seconds=OPEN_SECONDS)

    def publish(self, events: Iterable[Claimed], *, beat: Callable[[], object] = lambda: None) -> Outcomes:
        """Sends all, then waits for the broker's word on each, calling `beat` at least about once a second.

        A connection that breaks is part of the answer: what was confirmed before must not be sent again for ever.
        """
        assert self._connection is not None
        self._outcomes, self._returned, self._awaited = Outcomes(), set(), {}
        try:
            with self._connection.gathering():
                for event in events:
                    self._send(event)
                    if len(self._outcomes.sent) % SEND_EVERY == 0:
                        self._connection.flush()
                        self._run(lambda: False, seconds=0, required=False)
                        beat()
            self._await_confirms(beat)
        except BrokerUnavailable as failure:
            self._outcomes.broken = failure
        return self._outcomes

    def _send(self, event: Claimed) -> None:
        """Into pika's buffer, which its loop empties."""
        assert self._channel is not None
        self._tag += 1
        self._awaited[self._tag] = event
        self._outcomes.sent.append(event)
        self._channel.basic_publish(
            EXCHANGE, routing_key(event.type), event.payload.encode(), _properties(event), mandatory=True
        )

    def wait(self, seconds: float) -> None:
        """Serves the connection until `seconds` have passed or a wake-up comes. Raises BrokerUnavailable."""
        woken: list[bool] = []

        def wake(fd: int, events: int) -> None:
            woken.append(True)
            self._loop.stop()

        self._loop.add_handler(self._wakes.fileno(), wake, self._loop.READ)
        try:
            self._run(lambda: bool(woken), seconds=seconds, required=False)
        finally:
            self._loop.remove_handler(self._wakes.fileno())

    def _await_confirms(self, beat: Callable[[], object]) -> None:
        """However long the batch takes, as long as confirms keep coming within confirm_seconds of each other."""
        heard_at = time.monotonic()
        while left := len(self._awaited):
            self._run(lambda: not self._awaited, seconds=BEAT_SECONDS, required=False)
            beat()
            if len(self._awaited) < left:
                heard_at = time.monotonic()
            elif time.monotonic() - heard_at > self._confirm_seconds:
                cause = Cause.BLOCKED if activity.gauges["broker_blocked"] else Cause.TIMEOUT
                raise BrokerUnavailable(f"{self.where} confirmed nothing for {self._confirm_seconds:g} s", cause=cause)

    def close(self) -> None:
        """Ends the connection; what was awaited counts as unconfirmed."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None and not connection.is_closed:
            if not connection.is_closing:
                connection.close()
            self._failure = None
            with contextlib.suppress(AssertionError):  # pika trips over ending a connection that is still opening
                self._run(lambda: connection.is_closed, seconds=2.0, required=False, failing=False)
        self._loop.close()
        self._loop = IOLoop()
        self._failure, self._awaited, self._tag = None, {}, 0

    def _run(self, is_done: Callable[[], bool], *, seconds: float, required: bool = True, failing: bool = True) -> None:
        """Runs pika's loop until `is_done`, a failure or the deadline; callbacks that change things stop the loop."""
        expired: list[bool] = []

        def expire() -> None:
            expired.append(True)
            self._loop.stop()

        timer = self._loop.call_later(seconds, expire)
        while not is_done() and not self._failure and not expired:
            try:
                self._loop.start()
            except AMQPError as error:
                raise explain(error, where=self.where) from error
        self._loop.remove_timeout(timer)
        if failing and self._failure:
            raise self._failure
        if required and expired:
            raise BrokerUnavailable(f"{self.where} gave no answer within {seconds:g} s", cause=Cause.TIMEOUT)

    def _channel_opened(self, channel: Channel) -> None:
        channel.add_on_close_callback(self._channel_closed)
        channel.add_on_return_callback(self._on_return)

        def ready(_: Any) -> None:
            self._channel = channel
            self._loop.stop()

        def declare(_: Any) -> None:
            channel.exchange_declare(EXCHANGE, EXCHANGE_TYPE, durable=True, callback=ready)

        channel.confirm_delivery(self._on_confirm, callback=declare)

    def _on_return(self, channel: Channel, method: Any, properties: pika.BasicProperties, body: bytes) -> None:
        """No queue took it. The broker confirms it all the same, right after: the id remembers what that means."""
        self._returned.add(str(properties.message_id))

    def _on_confirm(self, frame: Any) -> None:
        """An ack or nack of one message, or of all up to it."""
        tag, nacked = frame.method.delivery_tag, isinstance(frame.method, pika.spec.Basic.Nack)
        # In order of their tags, so the first that is higher ends it.
        tags = list(takewhile(lambda t: t <= tag, self._awaited)) if frame.method.multiple else [tag]
        for answered in tags:
            if (event := self._awaited.pop(answered, None)) is None:
                continue
            if nacked:
                self._outcomes.failed[event.id] = Reason.NACKED
            elif self._returned and str(event.event_id) in self._returned:
                self._outcomes.failed[event.id] = Reason.UNROUTABLE
            else:
                self._outcomes.confirmed.append(event.id)
        if not self._awaited:
            self._loop.stop()

    def _channel_closed(self, channel: Channel, error: Exception) -> None:
        if self._awaited and isinstance(error, ChannelClosedByBroker) and error.reply_code not in NOT_OVER_AN_EVENT:
            self._fail(BatchRefused(f"{self.where} refused a batch: {error.reply_text}"))
        elif self._connection is not None and not self._connection.is_closing:
            self._fail(explain(error, where=self.where))

    def _fail(self, failure: BrokerUnavailable) -> None:
        self._failure = self._failure or failure
        self._loop.stop()


@functools.cache
def routing_key(event_type: str) -> str:
    """`product.created` of `lockstep.catalogue.product.created.v1`."""
    return ".".join(event_type.split(".")[-3:-1])


def _properties(event: Claimed) -> pika.BasicProperties:
    return pika.BasicProperties(
        message_id=str(event.event_id),
        type=event.type,
        app_id=APP_ID,
        timestamp=int(event.created_at.timestamp()),
        content_type=CONTENT_TYPE,
        delivery_mode=PERSISTENT,
        headers={"traceparent": traced} if (traced := traceparent(event.payload)) else None,
    )
