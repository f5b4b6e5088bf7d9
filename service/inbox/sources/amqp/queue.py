"""The queue itself, asked and declared outside of any consumer."""

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import pika
from django.conf import settings
from pika.exceptions import AMQPError, ChannelClosedByBroker

from inbox import topology
from inbox.sources import SourceUnavailable
from inbox.sources.amqp.errors import explain_channel
from inbox.sources.amqp.nodes import Nodes
from inbox.sources.amqp.source import AmqpSource

TIMEOUT_SECONDS, LOOK_SECONDS = 15.0, 2.0
NOT_FOUND = 404


class Look(NamedTuple):
    """The broker at one moment. What a consumer has in hand is not `ready`; None: there is no queue."""

    is_reachable: bool
    where: str
    error: str = ""
    ready: int | None = None
    consumers: int | None = None
    dead: int | None = None


def look() -> Look:
    """Asks it for both queues, for people who wait: it has two seconds. What is wrong is part of the answer."""
    where = Nodes(settings.BROKER_URL).where
    try:
        with connected(seconds=LOOK_SECONDS) as connection:
            live, dead = ask(connection, topology.QUEUE), ask(connection, topology.DEAD_QUEUE)
    except SourceUnavailable as error:
        return Look(False, where, str(error))
    return Look(
        is_reachable=True,
        where=where,
        ready=live.message_count if live else None,
        consumers=live.consumer_count if live else None,
        dead=dead.message_count if dead else None,
    )


def depth() -> int | None:
    """How many messages wait in the queue, not counting those that a consumer has in hand; None: there is no queue.

    Raises SourceUnavailable, SourceRefused.
    """
    with connected(seconds=TIMEOUT_SECONDS) as connection:
        found = ask(connection, topology.QUEUE)
    return found.message_count if found else None


@contextlib.contextmanager
def connected(*, seconds: float) -> Iterator[pika.BlockingConnection]:
    nodes = Nodes(settings.BROKER_URL)
    for node in nodes.all:
        node.socket_timeout = node.stack_timeout = node.blocked_connection_timeout = seconds
    try:
        connection = pika.BlockingConnection(nodes.all)
        try:
            yield connection
        finally:
            if connection.is_open:
                connection.close()
    except (AMQPError, OSError) as error:
        raise explain_channel(error, where=nodes.where, wanted="") from error


def ask(connection: pika.BlockingConnection, name: str) -> Any:
    """What the broker says of the queue, None where there is none. On a channel of its own, which a "no" closes."""
    try:
        return connection.channel().queue_declare(name, passive=True).method
    except ChannelClosedByBroker as error:
        if error.reply_code == NOT_FOUND:
            return None
        raise


def declare() -> None:
    """Declares and binds it as the consumer does. Raises SourceUnavailable, SourceRefused."""
    source = AmqpSource()
    try:
        source.open()
    finally:
        source.dispose()
