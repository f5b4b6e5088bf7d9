"""The queue itself, asked and declared outside of any consumer."""

import contextlib
from collections.abc import Iterator

import pika
from pika.exceptions import AMQPError, ChannelClosedByBroker

from inbox import topology
from inbox.sources.amqp import AmqpSource

TIMEOUT_SECONDS = 15.0


def depth() -> int | None:
    """How many messages wait in the queue, not counting those that a consumer has in hand; None: there is no queue.

    Raises SourceUnavailable.
    """
    with _source() as source:
        parameters = source._parameters
        parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = TIMEOUT_SECONDS
        try:
            return _depth(pika.BlockingConnection(parameters))
        except (AMQPError, OSError) as error:
            raise source._explain(error) from error


def _depth(connection: pika.BlockingConnection) -> int | None:
    try:
        declared = connection.channel().queue_declare(topology.QUEUE, passive=True)
        return int(declared.method.message_count)
    except ChannelClosedByBroker as error:
        if error.reply_code == 404:
            return None
        raise
    finally:
        if connection.is_open:
            connection.close()


def declare() -> None:
    """Declares and binds it as the consumer does. Raises SourceUnavailable, SourceRefused."""
    with _source() as source:
        source.open()


@contextlib.contextmanager
def _source() -> Iterator[AmqpSource]:
    """A consumer keeps its source as long as it lives; here each look would leave sockets behind."""
    source = AmqpSource()
    try:
        yield source
    finally:
        source.close()
        for resource in (source._loop, source._bell, source._bell_reader):
            resource.close()
