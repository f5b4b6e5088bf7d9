"""The broker as a source, and the only package of service that knows pika."""

from inbox.sources.amqp.source import AmqpSource

__all__ = ["AmqpSource"]
