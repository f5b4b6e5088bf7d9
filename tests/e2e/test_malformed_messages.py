"""Messages that admin never sent, put straight on the broker: dead letters, and nothing stops."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.e2e.stacks.native import Native, rows
from tests.e2e.waiting import eventually

EXCHANGE, QUEUE = "catalogue.events", "service.products"
GOLDEN = Path(__file__).resolve().parents[2] / "contract/examples/product.created.v1.json"
DEAD = "SELECT body, reason, error, source, event_id FROM inbox_deadletter WHERE body IN %s"


def event(**changes: Any) -> dict[str, Any]:
    golden: dict[str, Any] = json.loads(GOLDEN.read_text())
    return golden | {"id": str(uuid.uuid4())} | changes


def malformed() -> list[tuple[bytes, str]]:
    """Bodies that nobody sent before, each with the reason under which it must end."""
    mark = uuid.uuid4().hex
    data = event()["data"]
    return [
        (f"not JSON {mark}".encode(), "unreadable"),
        (b"\xff\xfe\x00" + mark.encode(), "unreadable"),
        (b'{"x":' * 100_000 + mark.encode(), "unreadable"),
        (json.dumps({"title": "Lamp", "mark": mark}).encode(), "invalid"),
        (json.dumps([mark]).encode(), "invalid"),
        (json.dumps(event(type="lockstep.catalogue.product.painted.v1")).encode(), "unknown_type"),
        (json.dumps(event(type="lockstep.catalogue.product.created.v2")).encode(), "unknown_type"),
        (json.dumps(event(data=data | {"price": "-1.00"})).encode(), "invalid"),
        (json.dumps(event(data=data | {"title": "La\x00mp"})).encode(), "invalid"),
        (json.dumps(event(data=None)).encode(), "invalid"),
    ]


@pytest.fixture
def channel(stack: Native) -> Iterator[BlockingChannel]:
    """Once the relay has declared the exchange and the consumer its queue."""
    connection = pika.BlockingConnection(pika.URLParameters(stack.settings["BROKER_URL"]))

    def declared() -> BlockingChannel:
        opened = connection.channel()
        try:
            opened.queue_bind(QUEUE, EXCHANGE, "product.*")
        except pika.exceptions.ChannelClosedByBroker as error:
            raise AssertionError(str(error)) from error
        return opened

    channel = eventually(declared, within=20)
    channel.confirm_delivery()
    yield channel
    connection.close()


def test_malformed_messages_become_dead_letters_and_the_others_flow_on(stack: Native, channel: BlockingChannel) -> None:
    consumer = stack.pid("consumer")
    bad = malformed()
    good = []
    for body, _ in bad:
        channel.basic_publish(EXCHANGE, "product.created", body, mandatory=True)
        good.append(stack.admin.create(title="Beside a malformed one"))

    def all_arrived() -> None:
        assert [stack.service.product(product["id"]) for product in good] == good

    def all_are_dead_letters() -> None:
        bodies = [body for body, _ in bad]
        found = rows(stack.settings["SERVICE_DATABASE_URL"], DEAD, bodies)
        assert {bytes(body): reason for body, reason, *_ in found} == dict(bad)
        assert all(error and source == f"amqp:{QUEUE}" for _, _, error, source, _ in found)

    eventually(all_arrived, within=20)
    eventually(all_are_dead_letters, within=20)
    assert stack.pid("consumer") == consumer
    assert consumer in stack.processes()


def test_the_same_malformed_message_again_is_the_same_dead_letter(stack: Native, channel: BlockingChannel) -> None:
    body = f"again and again {uuid.uuid4()}".encode()
    for _ in range(5):
        channel.basic_publish(EXCHANGE, "product.created", body, mandatory=True)

    def is_one() -> None:
        assert len(rows(stack.settings["SERVICE_DATABASE_URL"], DEAD, [body])) == 1

    eventually(is_one, within=20)


def test_a_dead_letter_says_which_event_it_was(stack: Native, channel: BlockingChannel) -> None:
    body = json.dumps(unknown := event(type="lockstep.catalogue.product.painted.v1")).encode()
    channel.basic_publish(EXCHANGE, "product.painted", body, mandatory=True)

    def is_named() -> None:
        found = rows(stack.settings["SERVICE_DATABASE_URL"], DEAD, [body])
        assert [(row[1], row[4]) for row in found] == [("unknown_type", unknown["id"])]

    eventually(is_named, within=20)
