"""A channel of the test's own on the broker."""

import contextlib
from collections.abc import Iterator

import pika
import pika.exceptions
from pika.adapters.blocking_connection import BlockingChannel

EXCHANGE, QUEUE, SPY = "catalogue.events", "service.products", "audit.spy"


@contextlib.contextmanager
def channel(url: str) -> Iterator[BlockingChannel]:
    try:
        connection = pika.BlockingConnection([pika.URLParameters(one) for one in url.split(",")])
    except pika.exceptions.AMQPError as error:
        raise ConnectionError(f"no connection to the broker: {error!r}") from error  # what `eventually` waits through
    try:
        yield connection.channel()
    finally:
        if connection.is_open:
            connection.close()
