"""The broker as a source, and the only module of service that knows pika.

pika's I/O loop runs only inside these methods, on the consumer's own thread; heartbeats are served there too.
"""

import contextlib
import socket
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import pika
import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from pika.adapters.select_connection import IOLoop
from pika.channel import Channel
from pika.exceptions import (
    AMQPError,
    ChannelClosedByBroker,
    ConnectionClosedByBroker,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)

from inbox import topology
from inbox.envelope import Delivery
from inbox.sources import SourceRefused, SourceUnavailable

log = structlog.get_logger()
OPEN_SECONDS = 15.0
CLOSE_SECONDS = 5.0
UNREADABLE_URL = (
    "BROKER_URL cannot be read: write amqp://user:password@host:5672/vhost, odd characters percent-encoded."
)
MAX_BATCH_BYTES = 4 * 1024 * 1024  # one statement must fit into a database packet (MariaDB: 16 MiB)


class AmqpSource:
    def __init__(self) -> None:
        try:
            self._parameters = pika.URLParameters(settings.BROKER_URL)
        except (ValueError, TypeError, AttributeError, SyntaxError, OSError) as error:  # the last three: ssl_options
            raise ImproperlyConfigured(UNREADABLE_URL) from error
        self._connection: pika.SelectConnection | None = None
        self._channel: Channel | None = None
        self._consumer_tag = ""
        self._failure: SourceUnavailable | None = None
        self._buffer: deque[tuple[int, Delivery, bool]] = deque()
        self._last_tag = 0
        self._has_fresh = False  # the batch held has a message that never killed a consumer
        self._is_wide = False
        self._is_ready = False
        # A signal handler may only do what is safe in the middle of anything: it writes a byte here.
        self._bell_reader, self._bell = socket.socketpair()
        self._bell_reader.setblocking(False)
        self._is_woken = False
        self._loop = self._new_loop()

    def open(self) -> None:
        self.close()
        self._connection = pika.SelectConnection(
            self._parameters,
            on_open_callback=lambda connection: connection.channel(on_open_callback=self._channel_opened),
            on_open_error_callback=lambda _, error: self._fail(self._explain(error)),
            on_close_callback=lambda _, error: self._fail(self._explain(error)),
            custom_ioloop=self._loop,
        )
        if not self._run(lambda: self._is_ready, seconds=OPEN_SECONDS) and not self._is_woken:
            raise SourceUnavailable(f"{self._where()} gave no answer within {OPEN_SECONDS:g} s")

    def receive(self, *, seconds: float) -> Sequence[Delivery]:
        limit = settings.INBOX.batch
        if self._run(lambda: bool(self._buffer), seconds=seconds) and len(self._buffer) < limit and self._is_wide:
            self._run(lambda: len(self._buffer) >= limit, seconds=settings.INBOX.linger_seconds)
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

    def note(self) -> None:
        """The broker keeps its own account."""

    def acknowledge(self) -> None:
        """Commit, then ack, once for all of the batch: killed in between, it comes again and changes nothing."""
        assert self._channel is not None
        if not self._channel.is_open:
            raise self._failure or SourceUnavailable(f"{self._where()} closed the channel")
        if self._has_fresh and not self._is_wide:
            self._widen()
        self._channel.basic_ack(self._last_tag, multiple=True)

    def wait(self, *, seconds: float) -> None:
        self._run(lambda: self._is_woken, seconds=seconds)
        self._is_woken = False

    def wake(self) -> None:
        self._bell.send(b"\0")

    def close(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None and not connection.is_closed:
            if not connection.is_closing:
                connection.close()
            # pika trips over ending a connection that is still opening (AssertionError).
            with contextlib.suppress(AssertionError, SourceUnavailable):
                self._run(lambda: connection.is_closed, seconds=CLOSE_SECONDS, is_closing=True)
        self._loop.close()
        self._loop = self._new_loop()
        self._buffer.clear()
        self._failure, self._is_ready, self._is_wide = None, False, False

    def _new_loop(self) -> IOLoop:
        loop = IOLoop()
        loop.add_handler(self._bell_reader.fileno(), self._rung, loop.READ)
        return loop

    def _run(self, is_done: Callable[[], bool], *, seconds: float, is_closing: bool = False) -> bool:
        """Runs pika's loop until `is_done` (True), a wake-up or the deadline (False). Raises SourceUnavailable."""
        expired: list[bool] = []

        def expire() -> None:
            expired.append(True)
            self._loop.stop()

        timer = self._loop.call_later(seconds, expire)
        while not is_done() and not expired and (is_closing or not (self._failure or self._is_woken)):
            try:
                self._loop.start()
            except AMQPError as error:
                raise self._explain(error) from error
        self._loop.remove_timeout(timer)
        if self._failure and not is_closing:
            raise self._failure
        return is_done()

    def _channel_opened(self, channel: Channel) -> None:
        """Declares what is ours, one step after the other, then subscribes to one message at first."""
        self._channel = channel
        channel.add_on_close_callback(self._channel_closed)
        channel.add_on_cancel_callback(
            lambda _: self._fail(
                SourceUnavailable(f"{self._where()} cancelled the consumer: queue {topology.QUEUE} was deleted")
            )
        )
        t = topology
        steps: list[Callable[[Callable[[Any], None]], Any]] = [
            lambda done: channel.exchange_declare(t.DEAD_EXCHANGE, "fanout", durable=True, callback=done),
            lambda done: channel.queue_declare(t.DEAD_QUEUE, durable=True, arguments=t.DEAD_QUEUE_ARGUMENTS,
                                               callback=done),
            lambda done: channel.queue_bind(t.DEAD_QUEUE, t.DEAD_EXCHANGE, callback=done),
            lambda done: channel.queue_declare(t.QUEUE, durable=True, arguments=t.QUEUE_ARGUMENTS, callback=done),
            lambda done: channel.queue_bind(t.QUEUE, t.EXCHANGE, t.BINDING, callback=done),
            # One at first: a message that kills this process must not take its neighbours to the dead letters.
            lambda done: self._subscribe(prefetch=1, done=done),
        ]  # fmt: skip

        def proceed(_: Any = None) -> None:
            if steps:
                steps.pop(0)(proceed)
            else:
                self._is_ready = True
                self._loop.stop()

        proceed()

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
        delivery = Delivery(body=body, source=f"amqp:{topology.QUEUE}", properties=vars(properties))
        self._buffer.append((method.delivery_tag, delivery, bool(method.redelivered)))
        if len(self._buffer) == 1 or len(self._buffer) >= settings.INBOX.batch:
            self._loop.stop()

    def _rung(self, fd: int, events: int) -> None:
        self._bell_reader.recv(64)
        self._is_woken = True
        self._loop.stop()

    def _channel_closed(self, channel: Channel, error: Exception) -> None:
        if self._connection is not None and not self._connection.is_closing:
            self._fail(self._explain(error))

    def _fail(self, failure: SourceUnavailable) -> None:
        self._failure = self._failure or failure
        self._loop.stop()

    def _where(self) -> str:
        p = self._parameters
        return f"broker {p.credentials.username}@{p.host}:{p.port}, vhost {p.virtual_host}"

    def _explain(self, error: BaseException) -> SourceUnavailable:
        """The error in words for the person who meets it, never with the password."""
        error = _root(error)
        if isinstance(error, ProbableAuthenticationError):
            return SourceRefused(f"{self._where()} refuses the user or its password: check BROKER_URL")
        if isinstance(error, ProbableAccessDeniedError) or getattr(error, "reply_code", 0) == 530:
            return SourceRefused(f"{self._where()} has no such vhost, or not for this user: check BROKER_URL")
        if isinstance(error, ChannelClosedByBroker):
            return self._explain_channel(error)
        if isinstance(error, ConnectionClosedByBroker):
            return SourceUnavailable(f"{self._where()} closed the connection: {error.reply_code} {error.reply_text}")
        said = str(error) if not isinstance(error, AMQPError) or error.args else ""
        return SourceUnavailable(f"{self._where()} cannot be reached: {type(error).__name__} {said}".rstrip())

    def _explain_channel(self, error: ChannelClosedByBroker) -> SourceUnavailable:
        said = f"{self._where()} said {error.reply_code}: {error.reply_text}"
        if error.reply_code == 404:
            return SourceUnavailable(f"{said}. Admin's relay declares the exchange when it connects")
        if error.reply_code == 403:
            return SourceRefused(f"{said}. The user needs configure, write and read on service.*, read on the exchange")
        if error.reply_code == 406 and not self._is_ready:
            return SourceRefused(
                f"{said}. Wanted for {topology.QUEUE}: {topology.QUEUE_ARGUMENTS}. Arguments cannot be changed: "
                "when the queue is empty delete it, and it is declared anew within seconds"
            )
        return SourceUnavailable(said)


def _root(error: BaseException) -> BaseException:
    """pika wraps why a connection attempt failed several times over; the innermost says it."""
    while inner := getattr(error, "exceptions", None) or getattr(error, "exception", None) or error.args:
        inner = inner[-1] if isinstance(inner, list | tuple) else inner
        if not isinstance(inner, BaseException):
            break
        error = inner
    return error
