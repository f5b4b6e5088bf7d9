"""What a consumer needs of the broker, looked at without changing anything."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pika
from django.conf import settings
from pika.exceptions import ChannelClosedByBroker

from inbox import topology
from inbox.sources.amqp.nodes import Nodes
from inbox.sources.amqp.queue import LOOK_SECONDS, ask, connected

NOBODYS = "doctor"  # a routing key by which nothing is bound


class Look:
    """An open connection. What is wrong with a queue is the answer: the broker's own words, empty where all is well."""

    def __init__(self, connection: pika.BlockingConnection) -> None:
        self._connection = connection
        self.where = Nodes(settings.BROKER_URL).where
        said = connection._impl.server_properties or {}
        self.server = f"{said.get('product', 'unknown')} {said.get('version', '')}".strip()

    def has_exchange(self, name: str) -> bool:
        return not self._refusal(lambda channel: channel.exchange_declare(name, passive=True))

    def queue(self, name: str) -> str:
        """How it is, in words; empty where there is none."""
        if (found := ask(self._connection, name)) is None:
            return ""
        return f"{found.message_count:,} ready, consumers: {found.consumer_count}"

    def queue_differs(self) -> str:
        """Of what is there already; the broker compares, and names the argument that is another one."""
        t = topology
        return self._refusal(lambda channel: channel.queue_declare(t.QUEUE, durable=True, arguments=t.QUEUE_ARGUMENTS))

    def dead_queue_differs(self) -> str:
        t = topology
        return self._refusal(
            lambda channel: channel.queue_declare(t.DEAD_QUEUE, durable=True, arguments=t.DEAD_QUEUE_ARGUMENTS)
        ) or self._refusal(lambda channel: channel.exchange_declare(t.DEAD_EXCHANGE, "fanout", durable=True))

    def may_not_bind(self) -> str:
        """To take a binding away that is not there wants the same rights as to make one."""
        t = topology
        return self._refusal(lambda channel: channel.queue_unbind(t.QUEUE, t.EXCHANGE, NOBODYS))

    def _refusal(self, try_it: Callable[[Any], object]) -> str:
        """On a channel of its own, which a "no" closes."""
        try:
            try_it(self._connection.channel())
        except ChannelClosedByBroker as error:
            return str(error.reply_text)
        return ""


@contextlib.contextmanager
def look() -> Iterator[Look]:
    """Raises SourceUnavailable, SourceRefused."""
    with connected(seconds=LOOK_SECONDS) as connection:
        yield Look(connection)
