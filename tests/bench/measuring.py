"""How fast something moves, seen from outside: by what the database shows, from the first sign of it to the last."""

import time
from collections.abc import Callable
from typing import Any

import pika

LOOK_SECONDS = 0.02  # each look is a query, which takes from what it looks at
PATIENCE_SECONDS = 100


def rate(done: Callable[[], int], *, total: int) -> float:
    """A second, of `total` things. Starting up does not count: the clock runs from the first one seen done."""
    first = wait_for(done)
    began = time.perf_counter()
    wait_for(lambda: done() >= total)
    return (total - first) / (time.perf_counter() - began)


def wait_for(condition: Callable[[], Any], *, within: float = PATIENCE_SECONDS) -> Any:
    """What it answers, once that is true."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {within:g} s"
        time.sleep(LOOK_SECONDS)
    return found


def purge(url: str, queue: str) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    connection.channel().queue_purge(queue)
    connection.close()


def has_consumer(url: str, queue: str) -> bool:
    """By then the queue is bound too."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        return bool(connection.channel().queue_declare(queue, passive=True).method.consumer_count)
    except pika.exceptions.ChannelClosedByBroker:
        return False
    finally:
        connection.close()


def declare_quorum(url: str, queue: str) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    connection.channel().queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"})
    connection.close()
