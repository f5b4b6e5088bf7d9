"""A connection to one node of the broker after another.

pika's I/O loop runs only inside these methods, on the consumer's own thread; heartbeats are served there too.
"""

import contextlib
import socket
from collections.abc import Callable

import pika
from pika.adapters.select_connection import IOLoop
from pika.channel import Channel
from pika.exceptions import AMQPError

from inbox.sources import SourceUnavailable
from inbox.sources.amqp.errors import explain, explain_channel
from inbox.sources.amqp.nodes import Nodes

OPEN_SECONDS = 15.0
CLOSE_SECONDS = 5.0


class Connection:
    def __init__(self, *, urls: str) -> None:
        self._nodes = Nodes(urls)
        self._pika: pika.SelectConnection | None = None
        self._failure: SourceUnavailable | None = None
        # A signal handler may only do what is safe in the middle of anything: it writes a byte here.
        self._bell_reader, self._bell = socket.socketpair()
        self._bell_reader.setblocking(False)
        self.is_woken = False
        self.loop = self._new_loop()

    @property
    def where(self) -> str:
        return self._nodes.where

    @property
    def has_failed(self) -> bool:
        return self._failure is not None

    @property
    def lost(self) -> SourceUnavailable:
        """Why nothing more can be sent."""
        return self._failure or SourceUnavailable(f"{self.where} closed the channel")

    def open(self, begin: Callable[[], None], *, is_ready: Callable[[], bool]) -> None:
        """Connects, calls `begin`, and runs until `is_ready` or a wake-up. Raises SourceUnavailable, SourceRefused."""
        self._pika = pika.SelectConnection(
            self._nodes.next(),
            on_open_callback=lambda _: begin(),
            on_open_error_callback=lambda _, error: self.fail(explain(error, where=self.where)),
            on_close_callback=lambda _, error: self.fail(explain(error, where=self.where)),
            custom_ioloop=self.loop,
        )
        if not self.run(is_ready, seconds=OPEN_SECONDS) and not self.is_woken:
            raise SourceUnavailable(f"{self.where} gave no answer within {OPEN_SECONDS:g} s")

    def open_channel(self, opened: Callable[[Channel], None], *, wanted: Callable[[], str]) -> None:
        """Its end, unless it is by `close`, is a failure of the connection; `wanted` is what was to be declared."""

        def closed(_: Channel, error: Exception) -> None:
            if self._pika is not None and not self._pika.is_closing:
                self.fail(explain_channel(error, where=self.where, wanted=wanted()))

        def watch(channel: Channel) -> None:
            channel.add_on_close_callback(closed)
            opened(channel)

        if self._pika is not None and self._pika.is_open:
            self._pika.channel(on_open_callback=watch)

    def run(self, is_done: Callable[[], bool], *, seconds: float) -> bool:
        """Runs pika's loop until `is_done` (True), a wake-up or the deadline (False). Raises SourceUnavailable."""
        done = self._run(lambda: is_done() or self._failure is not None or self.is_woken, seconds=seconds)
        if self._failure:
            raise self._failure
        return done and is_done()

    def look(self) -> None:
        """For callbacks: what `run` waits for may be so by now."""
        self.loop.stop()

    def fail(self, failure: SourceUnavailable) -> None:
        self._failure = self._failure or failure
        self.loop.stop()

    def wake(self) -> None:
        self._bell.send(b"\0")

    def close(self) -> None:
        ending, self._pika = self._pika, None
        if ending is not None and not ending.is_closed:
            if not ending.is_closing:
                ending.close()
            # pika trips over ending a connection that is still opening (AssertionError).
            with contextlib.suppress(AssertionError, SourceUnavailable):
                self._run(lambda: ending.is_closed, seconds=CLOSE_SECONDS)
        self.loop.close()
        self.loop = self._new_loop()
        self._failure = None

    def dispose(self) -> None:
        for resource in (self.loop, self._bell, self._bell_reader):
            resource.close()

    def _run(self, is_done: Callable[[], bool], *, seconds: float) -> bool:
        expired: list[bool] = []

        def expire() -> None:
            expired.append(True)
            self.loop.stop()

        timer = self.loop.call_later(seconds, expire)
        while not is_done() and not expired:
            try:
                self.loop.start()
            except AMQPError as error:
                raise explain(error, where=self.where) from error
        self.loop.remove_timeout(timer)
        return is_done()

    def _new_loop(self) -> IOLoop:
        loop = IOLoop()
        loop.add_handler(self._bell_reader.fileno(), self._rung, loop.READ)
        return loop

    def _rung(self, fd: int, events: int) -> None:
        self._bell_reader.recv(64)
        self.is_woken = True
        self.loop.stop()
