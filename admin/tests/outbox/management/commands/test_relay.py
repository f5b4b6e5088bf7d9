"""The relay as its users meet it: a process, its exit code, its lines."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from catalogue.models import Product
from outbox.lease import from_now
from outbox.models import Lease, OutboxEvent

from tests.broker import Broker, Proxy, password_of
from tests.support import ended, eventually, manage, test_database_url

pytestmark = pytest.mark.django_db(transaction=True)
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(transactional_db: None, settings: Any) -> Iterator[Start]:
    """Starts `manage.py relay` on this run's database; none outlives its test."""
    started: list[subprocess.Popen[str]] = []

    def relay(*arguments: str, **environment: str) -> "subprocess.Popen[str]":
        environment = {"DEBUG": "1", "BROKER_URL": settings.BROKER_URL, **environment}
        started.append(manage("relay", *arguments, DATABASE_URL=test_database_url(), **environment))
        return started[-1]

    yield relay
    for process in started:
        with process:
            process.kill()


def is_active() -> bool:
    return Lease.objects.filter(expires_at__gt=from_now(0)).exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0_and_frees_the_lease(broker: Broker, start: Start, number: signal.Signals) -> None:
    queue = broker.queue()
    process = start()
    Product.objects.create(title="Lamp")
    assert len(broker.take(queue, 1)) == 1
    eventually(lambda: not OutboxEvent.objects.exists())
    process.send_signal(number)
    code, output = ended(process)
    assert code == 0
    assert "relay stopped" in output
    assert "Traceback" not in output
    assert not is_active()


def test_a_signal_ends_it_while_it_waits_for_the_broker(proxy: Proxy, start: Start) -> None:
    process = start(OUTBOX_RETRY_MAX_SECONDS="3600")
    eventually(is_active)
    process.send_signal(signal.SIGTERM)
    code, output = ended(process)
    assert code == 0
    assert password_of(proxy.url) not in output
    assert not is_active()


def test_once_drains_and_ends(broker: Broker, start: Start) -> None:
    queue = broker.queue()
    Product.objects.bulk_create(Product(title="Lamp") for _ in range(3))
    code, _ = ended(start("--once", OUTBOX_BATCH="2"))
    assert code == 0
    assert broker.count(queue) == 3
    assert not OutboxEvent.objects.exists()


def test_once_says_so_when_it_could_not_drain(proxy: Proxy, start: Start) -> None:
    Product.objects.create(title="Lamp")
    code, output = ended(start("--once"))
    assert (code, "not drained" in output) == (1, True)
    assert "Traceback" not in output
    assert not is_active()


def test_a_stand_by_takes_over_from_one_that_ends(broker: Broker, start: Start) -> None:
    queue = broker.queue()
    first = start()
    eventually(is_active)
    standby = start(OUTBOX_LEASE_SECONDS="3")
    first.send_signal(signal.SIGTERM)
    assert ended(first)[0] == 0
    Product.objects.create(title="Lamp")
    assert len(broker.take(queue, 1)) == 1
    standby.send_signal(signal.SIGTERM)
    code, output = ended(standby)
    assert (code, "relay is active" in output) == (0, True)


@pytest.fixture
def relay_under_way(broker: Broker, proxy: Proxy, start: Start) -> "subprocess.Popen[str]":
    """A relay that has published a lamp and waits for the broker to confirm it."""
    queue = broker.queue()
    proxy.open()
    process = start(OUTBOX_CONFIRM_SECONDS="300")
    Product.objects.create(title="Lamp 1")
    assert len(broker.take(queue, 1)) == 1
    eventually(lambda: not OutboxEvent.objects.exists())
    proxy.is_hanging = True
    Product.objects.create(title="Lamp 2")
    eventually(lambda: b"Lamp 2" in proxy.pending())
    return process


def test_the_first_signal_lets_the_batch_under_way_finish(
    proxy: Proxy, relay_under_way: "subprocess.Popen[str]"
) -> None:
    relay_under_way.send_signal(signal.SIGTERM)
    proxy.is_hanging = False
    code, output = ended(relay_under_way)
    assert (code, "relay stopped" in output) == (0, True)
    assert not OutboxEvent.objects.exists()


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_the_second_signal_ends_it_at_once_and_the_event_stays(
    relay_under_way: "subprocess.Popen[str]", second: signal.Signals
) -> None:
    relay_under_way.send_signal(signal.SIGTERM)
    # As impatient people do: two equal signals may be one to the kernel, while the first waits to be taken.
    eventually(lambda: relay_under_way.send_signal(second) or relay_under_way.poll() is not None)
    code, output = ended(relay_under_way)
    # Of two that wait together the kernel gives the one with the lower number first.
    assert code in {128 + signal.SIGTERM, 128 + second}
    assert "relay stopped" not in output
    assert OutboxEvent.objects.count() == 1
