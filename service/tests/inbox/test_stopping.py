"""The first signal lets the batch under way finish, a second one or SIGQUIT ends it at once. Nothing is lost."""

import contextlib
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from inbox.sources.amqp import AmqpSource
from replica.models import Product

from tests import database
from tests.broker import Broker
from tests.events import body
from tests.polling import wait_until
from tests.processes import SERVICE, Process
from tests.wild import IS_SLOW

pytestmark = pytest.mark.django_db(transaction=True)
NOW = "2026-01-02T03:04:05Z"
both = pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
SLOW = body(id=1, version=2, title=IS_SLOW)


@pytest.fixture
def consumer(broker: Broker, open_source: Callable[[], AmqpSource], tmp_path: Path) -> Iterator[Process]:
    """Whose first event is in the queue already."""
    open_source().close()
    broker.publish([SLOW])
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))  # SIGQUIT would dump one
    given = {"DATABASE_URL": database.url(), "BROKER_URL": broker.url, "DJANGO_SETTINGS_MODULE": "tests.wild_settings"}
    with Process("consumer.py", folder=SERVICE, log=tmp_path / "consumer.log", **given) as process:
        yield process


@contextlib.contextmanager
def locked_table() -> Iterator[None]:
    """The copy as another one leaves it that is busy with product 1 all along."""
    Product.objects.create(id=1, version=1, created_at=NOW, updated_at=NOW, applied_at=NOW)
    with database.another() as cursor:
        cursor.execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
        cursor.execute("UPDATE replica_product SET title = 'busy' WHERE id = 1")
        yield
        cursor.execute("ROLLBACK")


def test_the_first_signal_lets_the_batch_under_way_finish(broker: Broker, consumer: Process) -> None:
    with locked_table():
        consumer.wait_for("now applying")
        consumer.send(signal.SIGTERM)
    assert consumer.wait() == 0, consumer.output
    assert "consumer stopped" in consumer.output
    assert "applied=1" in consumer.output
    assert broker.drain() == []


@both
def test_the_second_signal_ends_it_at_once_and_the_event_comes_again(
    broker: Broker, consumer: Process, second: signal.Signals
) -> None:
    with locked_table():
        consumer.wait_for("now applying")
        consumer.send(signal.SIGTERM)
        # As impatient people do: two equal signals may be one to the kernel, while the first waits to be taken.
        wait_until(lambda: consumer.send(second) or consumer.has_ended)
        # Of two that wait together the kernel gives the one with the lower number first.
        assert consumer.wait() in {128 + signal.SIGTERM, 128 + second}, consumer.output
    assert "consumer stopped" not in consumer.output
    assert Product.objects.get().version == 1
    assert broker.drain() == [SLOW]


def test_sigquit_ends_it_at_once_and_the_event_comes_again(broker: Broker, consumer: Process) -> None:
    with locked_table():
        consumer.wait_for("now applying")
        consumer.send(signal.SIGQUIT)
        assert consumer.wait() == -signal.SIGQUIT, consumer.output
    assert Product.objects.get().version == 1
    assert broker.drain() == [SLOW]
