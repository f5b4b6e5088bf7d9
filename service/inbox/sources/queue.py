"""The queue itself, asked and declared outside of any consumer."""

import pika
from pika.exceptions import AMQPError, ChannelClosedByBroker

from inbox import topology
from inbox.sources.amqp import AmqpSource

TIMEOUT_SECONDS = 15.0


def depth() -> int | None:
    """How many messages wait in the queue, not counting those that a consumer has in hand; None: there is no queue.

    Raises SourceUnavailable.
    """
    source = AmqpSource()
    parameters = source._parameters
    parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = TIMEOUT_SECONDS
    try:
        connection = pika.BlockingConnection(parameters)
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
    except (AMQPError, OSError) as error:
        raise source._explain(error) from error


def declare() -> None:
    """Declares and binds it as the consumer does. Raises SourceUnavailable, SourceRefused."""
    source = AmqpSource()
    source.open()
    source.close()
