"""A message that kills its consumer, with real processes: one dead letter, and none of its neighbours."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import Error, connection
from inbox import dead_letters, topology
from inbox.envelope import Delivery, Rejected
from inbox.models import DeadLetter, Reason
from inbox.processor import Processor
from inbox.routing import Outcome
from replica.models import Product

from tests import database
from tests.broker import Broker
from tests.events import body, deliver
from tests.polling import wait_until
from tests.processes import SERVICE, Process
from tests.wild import KILLS

Start = Callable[[], Process]
KILLER = body(id=50, title=KILLS)


@pytest.fixture
def start(broker: Broker, tmp_path: Path) -> Start:
    def start() -> Process:
        given = {"DATABASE_URL": database.url(), "BROKER_URL": broker.url, "WILD_DELIVERY_LIMIT": "3"}
        settings = {"DJANGO_SETTINGS_MODULE": "tests.wild_settings"}
        return Process("consumer.py", folder=SERVICE, log=tmp_path / "consumer.log", **given, **settings)

    return start


def declare(start: Start) -> None:
    with start() as process:
        process.wait_for("consumer connected")


def keep_running(start: Start, *, until: Callable[[], bool]) -> int:
    """As a supervisor does; how often it was killed."""
    for deaths in range(20):
        with start() as process:
            wait_until(lambda process=process: process.has_ended or until())
            if not process.has_ended:
                process.send(signal.SIGTERM)  # it acknowledges what it has committed
                process.wait()
                return deaths
    raise AssertionError("it was killed again and again")


@pytest.mark.django_db(transaction=True)
def test_a_message_that_kills_its_consumer_ends_as_one_dead_letter_and_its_neighbours_are_applied(
    broker: Broker, start: Start
) -> None:
    declare(start)
    before, after = [1, 2, 3, 4], [51, 52, 53, 54]
    broker.publish(body(id=id) for id in before)
    broker.publish([KILLER], message_id="killer", type="some.type")
    broker.publish(body(id=id) for id in after)
    deaths = keep_running(start, until=lambda: DeadLetter.objects.exists() and Product.objects.count() == 8)
    assert deaths >= 3
    assert list(Product.objects.values_list("id", flat=True)) == before + after
    letter = DeadLetter.objects.get()
    assert (bytes(letter.body), letter.reason, letter.attempts) == (KILLER, "given_up", 1)
    assert (letter.event_id, letter.event_type, letter.subject) == ("killer", "some.type", "")
    assert letter.error == "the broker gave up on it: delivered too often, in service.products"
    assert letter.source == "amqp:service.products.dead"
    assert broker.drain() == []
    assert broker.drain(topology.DEAD_QUEUE) == []


def given_up(content: bytes, **properties: object) -> Delivery:
    return Delivery(body=content, source="test", properties=properties, given_up="the broker gave up on it")


@pytest.mark.django_db
def test_what_was_given_up_is_never_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(content: bytes) -> None:
        raise AssertionError("this is what killed the consumer")

    monkeypatch.setattr("inbox.processor.read", parse)
    monkeypatch.setattr("inbox.envelope.head", parse)
    assert Processor().process([given_up(KILLER, message_id=7, type="x" * 300)]) == {Outcome.REJECTED: 1}
    letter = DeadLetter.objects.get()
    assert (letter.event_id, letter.event_type) == ("", "x" * 255)


@pytest.mark.django_db
def test_what_was_given_up_again_is_the_same_row() -> None:
    Processor().process([given_up(KILLER)])
    Processor().process([given_up(KILLER), deliver(body(id=1))])
    assert DeadLetter.objects.get().attempts == 2
    assert Product.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_dead_letter_that_the_database_silently_refuses_is_not_taken_for_stored() -> None:
    """As a constraint would that is not about the same body again."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX one_of_each_reason ON inbox_deadletter (reason)")
    try:
        dead_letters.store([(deliver(b"first"), Rejected(Reason.INVALID, "first"))])
        with pytest.raises(Error, match="silently refused"):
            dead_letters.store([(deliver(b"second"), Rejected(Reason.INVALID, "second"))])
    finally:
        with connection.cursor() as cursor:
            of_mysql = " ON inbox_deadletter" if connection.vendor == "mysql" else ""
            cursor.execute(f"DROP INDEX one_of_each_reason{of_mysql}")
