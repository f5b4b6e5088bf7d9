"""What a relay tells Prometheus of itself, after real work on a real broker."""

from collections.abc import Callable
from typing import Any

import pytest
from catalogue.models import Product
from outbox.broker import note_blocked
from outbox.metrics import collect
from outbox.outcomes import BrokerUnavailable
from outbox.relay import Relay
from processes import activity as module
from processes.activity import Activity
from processes.metrics import registry
from processes.models import Process

from tests.broker import Broker, Proxy

pytestmark = pytest.mark.django_db(transaction=True)
CREATED = {"event_type": "lockstep.catalogue.product.created.v1"}


@pytest.fixture(autouse=True)
def value(monkeypatch: pytest.MonkeyPatch) -> Callable[..., float | None]:
    """Of one sample, of a process that has done nothing yet."""
    new = Activity()
    for user in ("outbox.relay", "outbox.metrics", "outbox.publisher", "outbox.broker", "processes.heartbeat"):
        monkeypatch.setattr(f"{user}.activity", new)
    monkeypatch.setattr(module, "activity", new)
    monkeypatch.setattr("processes.metrics.activity", new)
    return lambda name, **labels: registry(collect).get_sample_value(name, labels)


def test_confirmed_events_count_by_their_type(broker: Broker, relays: Any, value: Any) -> None:
    broker.queue()
    Product.objects.create(title="Lamp")
    Product.objects.create(title="Chair")
    Product.objects.all().delete()
    relays().step()
    assert value("lockstep_published_total", **CREATED) == 2
    assert value("lockstep_published_total", event_type="lockstep.catalogue.product.deleted.v1") == 2
    assert value("lockstep_publish_duration_seconds_count") == 1
    assert value("lockstep_publish_events_sum") == 4
    assert value("lockstep_publish_events_bucket", le="2.0") == 0
    assert value("lockstep_publish_events_bucket", le="5.0") == value("lockstep_publish_events_bucket", le="+Inf") == 1


def test_what_no_queue_takes_is_an_error_and_no_success(broker: Broker, relays: Any, value: Any) -> None:
    relay = relays()
    assert value("lockstep_publish_errors_total", reason="unroutable") == 0
    Product.objects.create(title="Lamp")
    relay.step()
    relay._heartbeat.beat("working")
    assert value("lockstep_publish_errors_total", reason="unroutable") == 1
    assert value("lockstep_published_total", **CREATED) is None
    assert Process.objects.get().last_event_at is None


def test_an_idle_round_is_no_batch(broker: Broker, relays: Any, value: Any) -> None:
    relays().step()
    assert value("lockstep_publish_duration_seconds_count") == 0


@pytest.mark.parametrize(
    ("url", "reason"), [("amqp://127.0.0.1:1/", "unreachable"), ("amqp://nobody:nothing@{}", "denied")]
)
def test_a_broker_that_cannot_be_had_counts_by_its_cause(
    broker_url: str, settings: Any, relays: Callable[[], Relay], value: Any, url: str, reason: str
) -> None:
    settings.BROKER_URL = url.format(broker_url.rpartition("@")[2])
    relays()._guarded_step()
    assert value("lockstep_publish_errors_total", reason=reason) == 1


def test_a_broker_that_is_silent_is_a_timeout_and_one_that_hangs_up_has_closed(
    proxy: Proxy, broker: Broker, relays: Any, conf: Any, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf(confirm_seconds=0.2)
    monkeypatch.setattr("outbox.publisher.BEAT_SECONDS", 0.05)
    broker.queue()
    proxy.open()
    relay = relays()
    relay.step()
    proxy.is_hanging = True
    Product.objects.create(title="Lamp")
    with pytest.raises(BrokerUnavailable) as silent:
        relay.step()
    assert silent.value.cause == "timeout"
    proxy.is_hanging = False
    proxy.close()
    relay._listen(5)
    assert value("lockstep_publish_errors_total", reason="closed") == 1


def test_a_block_is_told_until_an_event_is_confirmed(broker: Broker, relays: Any, value: Any) -> None:
    relay = relays()
    note_blocked("low on memory")
    assert value("lockstep_broker_blocked") == 1
    broker.queue()
    Product.objects.create(title="Lamp")
    relay.step()
    assert value("lockstep_broker_blocked") == 0
