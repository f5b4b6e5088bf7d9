"""Declaring, one step after the other: each is done when the broker has answered it."""

from collections.abc import Callable, Sequence
from typing import Any

from pika.channel import Channel

from inbox import topology

WANTED = f"{topology.QUEUE}: {topology.QUEUE_ARGUMENTS}; for {topology.DEAD_QUEUE}: {topology.DEAD_QUEUE_ARGUMENTS}"
Step = Callable[[Callable[[Any], None]], Any]


def in_turn(steps: Sequence[Step], *, then: Callable[[], None]) -> None:
    left = list(steps)

    def proceed(_: Any = None) -> None:
        if left:
            left.pop(0)(proceed)
        else:
            then()

    proceed()


def live_queue(channel: Channel) -> list[Step]:
    t = topology
    return [
        lambda done: channel.queue_declare(t.QUEUE, durable=True, arguments=t.QUEUE_ARGUMENTS, callback=done),
        lambda done: channel.queue_bind(t.QUEUE, t.EXCHANGE, t.BINDING, callback=done),
    ]


def dead_queue(channel: Channel) -> list[Step]:
    t = topology
    return [
        lambda done: channel.exchange_declare(t.DEAD_EXCHANGE, "fanout", durable=True, callback=done),
        lambda done: channel.queue_declare(t.DEAD_QUEUE, durable=True, arguments=t.DEAD_QUEUE_ARGUMENTS, callback=done),
        lambda done: channel.queue_bind(t.DEAD_QUEUE, t.DEAD_EXCHANGE, callback=done),
    ]
