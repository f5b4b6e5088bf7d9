"""The queue itself, asked and declared outside of any consumer."""

import pika
from django.conf import settings
from pika.exceptions import AMQPError, ChannelClosedByBroker

from inbox import topology
from inbox.sources.amqp.errors import explain, explain_channel
from inbox.sources.amqp.nodes import Nodes
from inbox.sources.amqp.source import AmqpSource

TIMEOUT_SECONDS = 15.0


def depth() -> int | None:
    """How many messages wait in the queue, not counting those that a consumer has in hand; None: there is no queue.

    Raises SourceUnavailable, SourceRefused.
    """
    nodes = Nodes(settings.BROKER_URL)
    for node in nodes.all:
        node.socket_timeout = node.stack_timeout = node.blocked_connection_timeout = TIMEOUT_SECONDS
    try:
        connection = pika.BlockingConnection(nodes.all)
        try:
            return int(connection.channel().queue_declare(topology.QUEUE, passive=True).method.message_count)
        finally:
            if connection.is_open:
                connection.close()
    except ChannelClosedByBroker as error:
        if error.reply_code == 404:
            return None
        raise explain_channel(error, where=nodes.where, wanted="") from error
    except (AMQPError, OSError) as error:
        raise explain(error, where=nodes.where) from error


def declare() -> None:
    """Declares and binds it as the consumer does. Raises SourceUnavailable, SourceRefused."""
    source = AmqpSource()
    try:
        source.open()
    finally:
        source.dispose()
