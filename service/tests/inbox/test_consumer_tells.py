"""What the consumer tells of itself while it runs, and that it waits when it is told to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connections
from inbox.consumer import Consumer
from inbox.sources.amqp import AmqpSource
from processes import queries, steering
from processes.models import Process
from replica.models import Product

from tests.broker import Broker
from tests.events import body
from tests.polling import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
OpenSource = Callable[..., AmqpSource]


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processes.heartbeat.BEAT_SECONDS", 0.05)
    monkeypatch.setattr("inbox.consumer.IDLE_SECONDS", 0.1)
    monkeypatch.setattr("inbox.consumer.PAUSED_SECONDS", 0.1)


@contextmanager
def running(consumer: Consumer) -> Iterator[None]:
    def run() -> None:
        consumer.run()
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        consumer.stop()
        thread.join(15)
        assert not thread.is_alive()


def state() -> str:
    row = Process.objects.filter(role="consumer").order_by("-id").first()
    return row.state if row else ""


def test_it_counts_by_outcome_and_measures_the_lag(broker: Broker, make_source: OpenSource) -> None:
    with running(Consumer(source=make_source())):
        wait_until(lambda: state() == "idle")
        broker.publish([body(id=7, version=1), body(id=7, version=1)])
        wait_until(lambda: Product.objects.filter(id=7).exists())

        def counted() -> bool:
            (minute, *_) = queries.minutes("consumer", span=15) or [{"counts": {}, "lag": None}]
            return bool(minute["counts"].get("applied", 0) >= 1 and minute["counts"].get("duplicate", 0) >= 1)

        wait_until(counted)
        assert queries.minutes("consumer", span=15)[0]["lag"]["median"] > 0
    assert state() == "stopped"


def test_paused_it_takes_nothing_and_resumed_all_of_it(broker: Broker, make_source: OpenSource) -> None:
    with running(Consumer(source=make_source())):
        wait_until(lambda: state() == "idle")
        steering.pause(role="consumer", by="ada")
        wait_until(lambda: state() == "paused")
        broker.publish([body(id=8, version=1)])
        beats = Process.objects.get().beat_at
        wait_until(lambda: Process.objects.get().beat_at > beats)
        assert not Product.objects.filter(id=8).exists()
        assert broker.ready() == 1
        steering.resume(role="consumer")
        wait_until(lambda: Product.objects.filter(id=8).exists())


def test_cut_off_it_says_since_when_and_why(broker: Broker, make_source: OpenSource) -> None:
    with running(Consumer(source=make_source(url="amqp://guest:guest@127.0.0.1:1/"))):
        wait_until(lambda: state() == "no_source")
        first = Process.objects.get()
        assert "cannot be reached" in first.said
        wait_until(lambda: Process.objects.get().beat_at > first.beat_at)
        assert Process.objects.get().since == first.since
