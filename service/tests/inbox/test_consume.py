"""The process itself: `python consumer.py`, its signals and its exit codes."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from inbox.models import DeadLetter
from inbox.sources.amqp import AmqpSource
from replica.models import Product

from tests import database
from tests.broker import Broker
from tests.events import body
from tests.polling import wait_until
from tests.processes import SERVICE, Process

pytestmark = pytest.mark.django_db(transaction=True)
Start = Callable[..., Process]


@pytest.fixture
def start(broker: Broker, tmp_path: Path) -> Start:
    def start(*arguments: str, **environment: str) -> Process:
        given = {"DATABASE_URL": database.url(), "BROKER_URL": broker.url} | environment
        return Process("consumer.py", *arguments, folder=SERVICE, log=tmp_path / "consumer.log", **given)

    return start


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_follows_until_it_is_told_to_stop(broker: Broker, start: Start, number: signal.Signals) -> None:
    with start() as process:
        process.wait_for("consumer connected")
        broker.publish([body(id=1), b"bad", body(id=2)])
        wait_until(lambda: Product.objects.count() == 2)
        process.send(number)
        assert process.wait() == 0, process.output
    assert "consumer stopped" in process.output
    assert "applied=2" in process.output
    assert DeadLetter.objects.count() == 1
    assert broker.drain() == []


def test_once_drains_and_ends(broker: Broker, start: Start) -> None:
    with start("--once") as process:
        process.wait_for("consumer connected")
        broker.publish([body(id=1)])
        assert process.wait() == 0, process.output
    assert Product.objects.count() == 1
    assert broker.drain() == []


def test_killed_at_any_moment_it_loses_nothing(
    broker: Broker, start: Start, open_source: Callable[[], AmqpSource]
) -> None:
    open_source().close()
    broker.publish(body(id=id) for id in range(1, 201))
    for wanted in (1, 90):
        with start(INBOX_BATCH="20", INBOX_LINGER_SECONDS="0") as process:
            wait_until(lambda wanted=wanted: Product.objects.count() >= wanted, interval_seconds=0.001)
            process.send(signal.SIGKILL)
    with start("--once") as process:
        assert process.wait() == 0, process.output
    assert Product.objects.count() == 200
    assert not DeadLetter.objects.exists()
    assert broker.drain() == []


def test_a_broker_that_cannot_be_reached_is_waited_for_and_a_stop_heard(start: Start) -> None:
    url = f"amqp://user:hunter2@127.0.0.1:{database.closed_port()}/"
    with start(BROKER_URL=url) as process:
        process.wait_for("consumer waits for its source")
        process.send(signal.SIGTERM)
        assert process.wait() == 0, process.output
    assert "hunter2" not in process.output
    assert "Traceback" not in process.output


def test_a_wrong_database_is_waited_for_in_words_and_a_stop_heard(broker: Broker, start: Start) -> None:
    url = f"mysql://user:hunter2@127.0.0.1:{database.closed_port()}/name"
    with start(DATABASE_URL=url) as process:
        process.wait_for("consumer waits for database")
        process.send(signal.SIGTERM)
        assert process.wait() == 0, process.output
    assert "Check DATABASE_URL" in process.output
    assert "hunter2" not in process.output
    assert "Traceback" not in process.output


def test_without_a_broker_it_follows_admins_feed(start: Start) -> None:
    address = f"http://127.0.0.1:{database.closed_port()}"
    with start(BROKER_URL="", ADMIN_URL=address, ADMIN_TOKEN="hunter2") as process:
        process.wait_for("gives no answer")
        process.send(signal.SIGTERM)
        assert process.wait() == 0, process.output
    assert "hunter2" not in process.output
