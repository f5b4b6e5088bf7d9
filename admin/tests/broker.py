"""The real broker as a subscriber sees it, and a proxy before it that can be closed, cut and made to hang."""

import contextlib
import select
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pika
import pika.exceptions
from outbox.topology import EXCHANGE


@dataclass(frozen=True)
class Message:
    routing_key: str
    properties: pika.BasicProperties
    body: bytes


class Broker:
    """A connection of the test's own. Its queues are exclusive: they go when it goes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel = self._connection.channel()
        self.forget()

    def forget(self) -> None:
        self.channel.exchange_delete(EXCHANGE)

    def declare(self, *, type: str = "topic", **options: bool) -> None:
        self.channel.exchange_declare(EXCHANGE, type, **{"durable": True} | options)

    def queue(self, routing_key: str = "product.*", **arguments: object) -> str:
        """A queue that is bound to the exchange as a subscriber's is."""
        self.declare()
        name = f"test.{uuid.uuid4().hex}"
        named = {f"x-{argument.replace('_', '-')}": value for argument, value in arguments.items()}
        self.channel.queue_declare(name, exclusive=True, arguments=named)
        self.channel.queue_bind(name, EXCHANGE, routing_key)
        return name

    def unbind(self, queue: str, routing_key: str = "product.*") -> None:
        self.channel.queue_unbind(queue, EXCHANGE, routing_key)

    def take(self, queue: str, count: int, *, seconds: float = 15) -> list[Message]:
        """That many messages, within a time; fewer only when there are no more."""
        deadline = time.monotonic() + seconds
        messages: list[Message] = []
        while len(messages) < count and time.monotonic() < deadline:
            method, properties, body = self.channel.basic_get(queue, auto_ack=True)
            if method is None:
                time.sleep(0.01)
            else:
                messages.append(Message(method.routing_key, properties, body))
        return messages

    def count(self, queue: str) -> int:
        return int(self.channel.queue_declare(queue, passive=True).method.message_count)

    def close(self) -> None:
        with contextlib.suppress(pika.exceptions.AMQPError):
            self.forget()
        with contextlib.suppress(pika.exceptions.AMQPError):
            self._connection.close()


class Proxy:
    """A TCP port that leads to the broker, or refuses, or hangs, as the test says."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "", parts.port or 5672)
        self._port = socket.socket()
        self._port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._port.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        user = parts.netloc.rpartition("@")[0]
        self.url = parts._replace(netloc=f"{user}@127.0.0.1:{self._port.getsockname()[1]}").geturl()
        self.is_hanging = False
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def open(self) -> None:
        self._port.listen()
        self._thread.start()

    def cut(self) -> None:
        """Ends every connection in the rude way."""
        for one in [end for pair in self._pairs for end in pair]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def pending(self) -> bytes:
        """What came while it hangs."""
        clients = [client for client, _ in self._pairs if readable(client)]
        return b"".join(client.recv(65536, socket.MSG_PEEK) for client in clients)

    def close(self) -> None:
        self._is_closed.set()
        if self._thread.is_alive():
            self._thread.join()
        for one in (self._port, *(end for pair in self._pairs for end in pair)):
            one.close()

    def _serve(self) -> None:
        while not self._is_closed.is_set():
            ends = {a: b for pair in self._pairs for a, b in (pair, pair[::-1])}
            watched = [self._port, *([] if self.is_hanging else ends)]
            for one in select.select(watched, [], [], 0.02)[0]:
                if one is self._port:
                    self._accept()
                elif one in ends and not self.is_hanging:  # which it may be since the watch began
                    self._pass_on(one, ends[one])

    def _accept(self) -> None:
        client, _ = self._port.accept()
        self._pairs.append((client, socket.create_connection(self._target)))

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        try:
            data = source.recv(65536)
            target.sendall(data)
        except OSError:
            data = b""
        if not data:
            self._pairs = [pair for pair in self._pairs if source not in pair]
            source.close()
            target.close()


def readable(one: socket.socket) -> bool:
    return bool(select.select([one], [], [], 0)[0])


def password_of(url: str) -> str:
    password = urlsplit(url).password
    assert password
    return password


def wrong_url(url: str, *, user: str = "", password: str = "", vhost: str = "") -> str:
    """The broker's URL with something wrong in it."""
    parts = urlsplit(url)
    there = parts.netloc.rpartition("@")[2]
    netloc = f"{user or parts.username}:{password or parts.password}@{there}"
    return parts._replace(netloc=netloc, path=f"/{vhost}" if vhost else parts.path).geturl()


@contextlib.contextmanager
def closing_proxy(url: str) -> Iterator[Proxy]:
    proxy = Proxy(url)
    try:
        yield proxy
    finally:
        proxy.close()
