"""The consumer's loop on the real broker and the real database, with one or the other away."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from inbox import topology
from inbox.consumer import Consumer
from inbox.models import DeadLetter
from inbox.routing import Outcome
from replica.models import Product

from tests.broker import Broker
from tests.database import another, give_back, lose_idle_connection, take_away
from tests.events import body
from tests.logs import logged
from tests.proxy import Proxy
from tests.sources import WatchedSource

pytestmark = pytest.mark.django_db(transaction=True)
MakeSource = Callable[..., WatchedSource]


@pytest.fixture
def source(make_source: MakeSource) -> Iterator[WatchedSource]:
    """Of a consumer that holds a batch for a second."""
    yield make_source(WatchedSource, hold_seconds=1, retry_max_seconds=5)
    give_back()


def publish(broker: Broker, source: WatchedSource, *bodies: bytes) -> None:
    """Into the queue, which a first connection declares."""
    source.open()
    source.close()
    source.calls.clear()
    broker.publish(bodies)


def times(count: int, action: Callable[[], object]) -> Callable[[], None]:
    """Does it when it is called for the `count`th time."""
    calls: list[None] = []

    def call() -> None:
        calls.append(None)
        if len(calls) == count:
            action()

    return call


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [line["event"] for line in logged(caplog) if line["level"] in ("warning", "error")]


def committed() -> int:
    """What another connection sees."""
    with another() as cursor:
        cursor.execute("SELECT count(*) FROM replica_product")
        return int(cursor.fetchone()[0])


def test_it_applies_what_comes_and_acknowledges_it_once_it_is_committed(broker: Broker, source: WatchedSource) -> None:
    publish(broker, source, body(id=1), b"bad", body(id=2), body(id=1))
    seen: list[int] = []
    source.on["acknowledge"] = lambda: seen.append(committed())
    consumer = Consumer(source=source)
    consumer.run(once=True)
    assert consumer.outcomes == {Outcome.APPLIED: 2, Outcome.REJECTED: 1, Outcome.DUPLICATE: 1}
    assert (seen[0], seen[-1]) == (1, 2), "one comes alone at first; each batch is seen before it is acknowledged"
    assert DeadLetter.objects.get().source == "amqp:service.products"
    assert broker.drain() == []


def test_once_ends_when_nothing_more_comes(broker: Broker, source: WatchedSource) -> None:
    publish(broker, source, *(body(id=id) for id in range(1, 301)))
    Consumer(source=source).run(once=True)
    assert Product.objects.count() == 300
    assert source.calls[-1] == "close"
    assert broker.drain() == []


def test_a_stop_ends_the_waiting_at_once(source: WatchedSource, caplog: pytest.LogCaptureFixture) -> None:
    consumer = Consumer(source=source)
    timer = threading.Timer(0.3, consumer.stop)
    timer.start()
    began = time.monotonic()
    consumer.run()
    timer.join()
    assert time.monotonic() - began < 10
    assert logged(caplog)[-1]["event"] == "consumer stopped"


def test_a_stop_while_a_batch_is_applied_finishes_that_batch(broker: Broker, source: WatchedSource) -> None:
    publish(broker, source, body(id=1), body(id=2))
    consumer = Consumer(source=source)
    source.on["received"] = consumer.stop
    consumer.run()
    assert committed() == 1
    assert broker.drain() == [body(id=2)]


def test_a_batch_is_held_while_the_database_is_down_and_applied_when_it_is_back(
    broker: Broker, source: WatchedSource, caplog: pytest.LogCaptureFixture
) -> None:
    publish(broker, source, body(id=1))
    source.on |= {"received": times(1, take_away), "wait": times(3, give_back)}
    consumer = Consumer(source=source)
    assert consumer.step(seconds=5) == 1
    assert source.calls == ["open", "opened", "received", "wait", "wait", "wait", "acknowledge"]
    assert warnings(caplog) == ["consumer holds a batch"] * 3
    line = next(line for line in logged(caplog) if line["event"] == "consumer holds a batch")
    assert "Check DATABASE_URL" in line["error"]
    assert committed() == 1
    source.close()
    assert broker.drain() == []


def test_a_batch_held_too_long_goes_back_and_comes_again_only_when_the_database_answers(
    broker: Broker, source: WatchedSource, caplog: pytest.LogCaptureFixture
) -> None:
    publish(broker, source, body(id=1))
    consumer = Consumer(source=source)
    source.on |= {"received": times(1, take_away), "acknowledge": consumer.stop}
    source.on["close"] = lambda: source.on.update({"wait": times(3, give_back)})
    consumer.run()
    once = ["open", "opened", "received"]
    assert [call for call in source.calls if call != "wait"] == [*once, "close", *once, "acknowledge", "close"]
    opened_again = len(source.calls) - 1 - source.calls[::-1].index("open")
    assert source.calls[opened_again - 3 : opened_again] == ["wait"] * 3, "no subscription while it was down"
    assert "consumer waits for database" in warnings(caplog)
    assert consumer.outcomes == {Outcome.APPLIED: 1}
    assert broker.drain() == []


def test_a_stop_while_a_batch_is_held_gives_it_back(broker: Broker, source: WatchedSource) -> None:
    publish(broker, source, body(id=1))
    consumer = Consumer(source=source)
    source.on |= {"received": take_away, "wait": consumer.stop}
    consumer.run()
    give_back()
    assert committed() == 0
    assert broker.drain() == [body(id=1)]


def test_a_batch_whose_connection_is_lost_while_it_is_held_comes_again(
    broker: Broker, make_source: MakeSource, caplog: pytest.LogCaptureFixture
) -> None:
    with Proxy(broker.url) as proxy:
        source = make_source(WatchedSource, url=proxy.url)
        publish(broker, source, body(id=1))
        consumer = Consumer(source=source)
        source.on |= {"received": times(1, take_away), "acknowledge": consumer.stop}
        source.on["wait"] = times(2, lambda: (give_back(), proxy.cut()))
        consumer.run()
    assert warnings(caplog) == ["consumer holds a batch"] * 2 + ["consumer waits for its source"]
    assert consumer.outcomes == {Outcome.APPLIED: 1}
    assert committed() == 1


def test_an_idle_database_connection_that_was_lost_is_not_noticed(
    broker: Broker, source: WatchedSource, caplog: pytest.LogCaptureFixture
) -> None:
    publish(broker, source, body(id=1), body(id=2))
    consumer = Consumer(source=source)
    consumer.step(seconds=5)
    lose_idle_connection()
    consumer.step(seconds=5)
    assert committed() == 2
    assert warnings(caplog) == []


def test_a_missing_exchange_is_waited_for(
    broker: Broker, source: WatchedSource, caplog: pytest.LogCaptureFixture
) -> None:
    broker.clear()
    consumer = Consumer(source=source)
    source.on["wait"] = times(2, broker.declare_exchange)
    source.on["open"] = times(3, consumer.stop)
    consumer.run()
    lines = [line for line in logged(caplog) if line["event"] == "consumer waits for its source"]
    assert [line["attempt"] for line in lines] == [1, 2]
    assert "no exchange 'catalogue.events'" in lines[0]["error"]
    assert any(line["event"] == "consumer connected" for line in logged(caplog))


def test_a_deleted_queue_is_declared_again_and_consumed(broker: Broker, source: WatchedSource) -> None:
    consumer = Consumer(source=source)
    consumer.step(seconds=0.1)
    broker.delete_queue()
    source.on |= {"opened": lambda: broker.publish([body(id=1)]), "acknowledge": consumer.stop}
    consumer.run()
    assert committed() == 1


def test_waits_grow_to_their_maximum_and_what_is_refused_is_tried_slowly(
    broker: Broker, source: WatchedSource, caplog: pytest.LogCaptureFixture
) -> None:
    broker.clear()
    consumer = Consumer(source=source)
    other = topology.QUEUE_ARGUMENTS | {"x-delivery-limit": 3}
    source.on["wait"] = times(8, lambda: (broker.delete_queue(), broker.declare_queue(**other)))
    source.on["open"] = times(10, consumer.stop)
    consumer.run()
    waits = [line["retry_in_seconds"] for line in logged(caplog) if "retry_in_seconds" in line]
    assert waits[0] <= 0.5
    assert all(0.7 * min(0.25 * 2**n, 5) - 0.1 <= wait <= min(0.25 * 2**n, 5) for n, wait in enumerate(waits[:8], 1))
    assert waits[8] == 5
