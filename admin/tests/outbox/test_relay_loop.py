"""The relay as a process that runs on: leases, back-off, wake-ups, and its end."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from catalogue.models import Product
from django.db import connection, connections
from outbox.lease import LeaseLost, from_now
from outbox.models import Lease, OutboxEvent
from outbox.publisher import BrokerUnavailable, Publisher
from outbox.relay import Relay

from tests.broker import Broker, Proxy, password_of, wrong_url
from tests.outbox.test_relay import lamps
from tests.support import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def running(relay: Relay, **options: Any) -> Iterator[threading.Thread]:
    """The relay's loop on a thread of its own; it is stopped at the end, and must end."""

    def run() -> None:
        relay.run(**options)
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread
    finally:
        relay.stop()
        thread.join(15)
        assert not thread.is_alive()


def is_free() -> bool:
    return Lease.objects.filter(expires_at__lte=from_now(0)).exists()


def test_of_two_relays_one_publishes(broker: Broker, relays: Any, conf: Any, caplog: pytest.LogCaptureFixture) -> None:
    conf(lease_seconds=9)
    queue = broker.queue()
    active, standby = relays(), relays()
    active.step()
    assert "relay is active" in caplog.text
    lamps(1)
    assert standby.step() == 3.0
    assert "relay stands by" in caplog.text
    assert not standby._publisher.is_open
    assert broker.count(queue) == 0
    active.step()
    assert len(broker.take(queue, 1)) == 1


def test_a_stand_by_takes_over_when_the_active_one_ends(broker: Broker, relays: Any) -> None:
    queue = broker.queue()
    active, standby = relays(), relays()
    active.step()
    standby.step()
    active._close()
    lamps(1)
    assert standby.step() == 0
    assert broker.count(queue) == 1
    assert active.step() > 0


def test_a_relay_that_was_paused_deletes_nothing(broker: Broker, relays: Any, monkeypatch: Any) -> None:
    """F16: it wakes up with a batch confirmed and its lease gone; what it then does must not count."""
    queue = broker.queue()
    paused, other = relays(), relays()
    lamps(1)
    publish = Publisher.publish

    def publish_and_pause(self: Publisher, events: Any, **options: Any) -> Any:
        outcomes = publish(self, events, **options)
        if self is paused._publisher:
            Lease.objects.update(expires_at=from_now(-1))
            assert other._lease.take()
        return outcomes

    monkeypatch.setattr(Publisher, "publish", publish_and_pause)
    with pytest.raises(LeaseLost):
        paused.step()
    assert OutboxEvent.objects.count() == 1
    assert paused.step() > 0
    assert other.step() == 0
    assert not OutboxEvent.objects.exists()
    assert broker.count(queue) == 2


def test_once_tells_that_nothing_could_be_sent(relays: Any, settings: Any) -> None:
    settings.BROKER_URL = "amqp://user:secret@127.0.0.1:1/"
    lamps(1)
    assert relays().run(once=True) is False


def test_a_lost_lease_is_said_and_the_relay_stands_by(
    broker: Broker, relays: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = relays()
    lamps(1)
    publish = Publisher.publish

    def publish_slowly(self: Publisher, events: Any, **options: Any) -> Any:
        Lease.objects.update(expires_at=from_now(60), token=99, holder="other")
        return publish(self, events, **options)

    monkeypatch.setattr(Publisher, "publish", publish_slowly)
    assert relay._guarded_step() == 0
    assert "relay lost its lease" in caplog.text
    assert relay._guarded_step() > 0
    assert not relay._publisher.is_open


def test_no_broker_is_said_and_waited_for_ever_longer(proxy: Proxy, relays: Any, caplog: Any) -> None:
    relay = relays()
    with pytest.raises(BrokerUnavailable):
        relay.step()
    delays = [relay._guarded_step() for _ in range(3)]
    assert delays[0] < delays[1] < delays[2]
    lines = [record.getMessage() for record in caplog.records if record.name == "outbox.relay"]
    assert sum("relay waits for broker" in line and "refused" in line for line in lines) == 3
    assert password_of(proxy.url) not in caplog.text


@pytest.mark.parametrize("wrong", ["vhost", "password"])
def test_a_broker_that_says_no_is_tried_slowly(
    broker: Broker, relays: Any, settings: Any, conf: Any, caplog: Any, wrong: str
) -> None:
    conf(retry_max_seconds=8.0)
    settings.BROKER_URL = wrong_url(broker.url, **{wrong: "hunter2"})
    assert relays()._guarded_step() == 8.0
    assert "check BROKER_URL" in caplog.text
    assert password_of(broker.url) not in caplog.text


def test_events_go_out_by_themselves_once_the_broker_is_there(
    proxy: Proxy, broker: Broker, relays: Any, conf: Any, caplog: Any
) -> None:
    conf(retry_max_seconds=0.2)
    queue = broker.queue()
    lamps(3)
    with running(relays()):
        eventually(lambda: "relay waits for broker" in caplog.text)
        proxy.open()
        assert len(broker.take(queue, 3)) == 3
        proxy.cut()
        Product.objects.create(title="Lantern")
        assert len(broker.take(queue, 1)) == 1
        eventually(lambda: not OutboxEvent.objects.exists())


def test_a_connection_that_is_lost_while_idle_is_made_anew(
    proxy: Proxy, broker: Broker, relays: Any, conf: Any, caplog: Any
) -> None:
    conf(poll_seconds=0.1)
    proxy.open()
    with running(relays()):
        eventually(lambda: caplog.text.count("relay connected to broker") == 1)
        proxy.cut()
        eventually(lambda: caplog.text.count("relay connected to broker") == 2)


def test_a_commit_wakes_an_idle_relay(broker: Broker, relays: Any, conf: Any, monkeypatch: Any) -> None:
    conf(poll_seconds=60.0, lease_seconds=300)
    queue = broker.queue()
    relay = relays()
    is_idle = threading.Event()
    wait = Publisher.wait

    def idle(self: Publisher, seconds: float) -> None:
        is_idle.set()
        wait(self, seconds)

    monkeypatch.setattr(Publisher, "wait", idle)
    with running(relay):
        assert is_idle.wait(10)
        committed_at = time.monotonic()
        Product.objects.create(title="Lamp")
        assert len(broker.take(queue, 1)) == 1
        assert time.monotonic() - committed_at < 10


def test_commits_do_not_cut_a_back_off_short(proxy: Proxy, relays: Any) -> None:
    """Or a busy admin would make the relay hammer a broker that is down."""
    relay = relays()
    relay._guarded_step()
    relay._ear.sendto(b"", relay._ear.getsockname())
    began = time.monotonic()
    relay._wait(0.2)
    assert time.monotonic() - began >= 0.2


def test_a_database_that_is_away_is_said_and_waited_for(
    broker: Broker, relays: Any, caplog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = relays()
    with monkeypatch.context() as away:
        connection.close()
        for name, value in {"NAME": "/nowhere/a", "HOST": "127.0.0.1", "PORT": "1"}.items():
            away.setitem(connection.settings_dict, name, value)
        assert relay._guarded_step() > 0
        relay._close()
    assert "relay waits for database" in caplog.text
    assert "lease not released" in caplog.text
    assert (connection.settings_dict["PASSWORD"] or "no password") not in caplog.text
    assert relay._guarded_step() > 0
    assert relay._is_active


def test_a_database_that_is_not_migrated_yet_is_said_and_waited_for(
    broker: Broker, relays: Any, caplog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = relays()
    with monkeypatch.context() as early:
        early.setattr(Lease._meta, "db_table", "not_there_yet")
        assert relay._guarded_step() > 0
    assert "that it runs and is migrated" in caplog.text
    assert relay._guarded_step() > 0
    assert relay._is_active


def test_a_stop_ends_the_loop_and_frees_the_lease(broker: Broker, relays: Any, conf: Any) -> None:
    conf(poll_seconds=60.0)
    with running(relays()):
        eventually(lambda: Lease.objects.filter(expires_at__gt=from_now(0)).exists())
    assert is_free()


def test_once_ends_when_nothing_is_left_that_could_go(broker: Broker, relays: Any, conf: Any) -> None:
    conf(batch=2)
    queue = broker.queue("product.created")
    rows = lamps(5)
    OutboxEvent.objects.filter(id=rows[0].id).update(type="lockstep.catalogue.product.updated.v1")
    relays().run(once=True)
    assert broker.count(queue) == 4
    assert OutboxEvent.objects.get().id == rows[0].id
    assert is_free()


def test_an_event_that_comes_alone_goes_at_once_and_in_a_stream_a_batch_waits_for_more(
    broker: Broker, relays: Any, conf: Any
) -> None:
    conf(poll_seconds=60.0, linger_seconds=1.0)
    queue = broker.queue()
    with running(relays()):
        eventually(lambda: Lease.objects.filter(token=1))
        took = []
        for title in ("alone", "of a stream"):
            began = time.monotonic()
            Product.objects.create(title=title)
            assert len(broker.take(queue, 1)) == 1
            took.append(time.monotonic() - began)
    assert took[0] < 0.4
    assert 0.5 < took[1] < 1.5
