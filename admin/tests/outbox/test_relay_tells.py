"""What the relay tells of itself while it runs, and that it waits when it is told to."""

from typing import Any

import pytest
from outbox.models import OutboxEvent
from processes import queries, steering
from processes.models import Process

from tests.broker import Broker, Proxy
from tests.outbox.test_relay import lamps
from tests.outbox.test_relay_loop import running
from tests.support import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processes.heartbeat.BEAT_SECONDS", 0.05)


def state() -> str:
    row = Process.objects.filter(role="relay").order_by("-id").first()
    return row.state if row else ""


def published() -> int:
    return sum(minute["counts"].get("published", 0) for minute in queries.minutes("relay", span=15))


def test_it_lives_counts_and_says_its_end(broker: Broker, relays: Any) -> None:
    broker.queue()
    with running(relays()):
        before = eventually(lambda: state() == "idle") and published()
        lamps(3)
        eventually(lambda: published() == before + 3)
        (row,) = queries.running("relay")
        assert "broker" in row["said"]
        assert "guest:" not in row["said"]
    assert state() == "stopped"


def test_paused_it_publishes_nothing_and_resumed_all_of_it(broker: Broker, relays: Any, conf: Any) -> None:
    conf(poll_seconds=0.1)
    queue = broker.queue()
    with running(relays()):
        eventually(lambda: state() == "idle")
        steering.pause(role="relay", by="ada", reason="maintenance")
        eventually(lambda: state() == "paused")
        lamps(2)
        beats = Process.objects.get().beat_at
        eventually(lambda: Process.objects.get().beat_at > beats)  # so it has turned since
        assert OutboxEvent.objects.count() == 2
        steering.resume(role="relay")
        assert len(broker.take(queue, 2)) == 2
        eventually(lambda: not OutboxEvent.objects.exists())


def test_once_while_paused_it_says_that_it_did_not_drain(broker: Broker, relays: Any) -> None:
    steering.pause(role="relay", by="ada")
    lamps(1)
    assert not relays().run(once=True)
    assert OutboxEvent.objects.count() == 1


def test_cut_off_it_says_since_when_and_why_and_that_it_found_back(broker: Broker, proxy: Proxy, relays: Any) -> None:
    with running(relays()):
        eventually(lambda: state() == "no_source")
        first = Process.objects.get()
        assert "cannot be reached" in first.said
        eventually(lambda: Process.objects.get().beat_at > first.beat_at)
        assert Process.objects.get().since == first.since
        proxy.open()
        eventually(lambda: state() == "idle", seconds=30)


def test_a_stand_by_says_so(broker: Broker, relays: Any, conf: Any) -> None:
    conf(lease_seconds=9)
    active = relays()
    active.step()
    with running(relays()):
        eventually(lambda: state() == "standing_by")
