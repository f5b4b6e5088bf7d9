"""Fixtures that need a real broker: its address comes from the runner, and without one these tests fail."""

import os
import socket
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from outbox import publisher
from outbox.models import OutboxEvent
from outbox.publisher import Publisher
from outbox.relay import Relay

from tests.broker import Broker, Proxy, closing_proxy


@pytest.fixture(scope="session")
def broker_url() -> str:
    url = os.environ.get("TEST_BROKER_URL", "")
    if not url:
        pytest.fail("TEST_BROKER_URL is missing: run tests/run.py, which starts a private RabbitMQ.", pytrace=False)
    return url


@pytest.fixture
def broker(broker_url: str, settings: Any) -> Iterator[Broker]:
    """A broker that knows nothing of us, and settings that name it."""
    settings.BROKER_URL = broker_url
    broker = Broker(broker_url)
    yield broker
    broker.close()


@pytest.fixture
def proxy(broker: Broker, settings: Any) -> Iterator[Proxy]:
    """The way to the broker, closed until the test opens it."""
    with closing_proxy(broker.url) as proxy:
        settings.BROKER_URL = proxy.url
        yield proxy


@pytest.fixture
def publishers(broker_url: str) -> Iterator[Callable[..., Publisher]]:
    made: list[Publisher] = []
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def make(url: str = broker_url, confirm_seconds: float = 10) -> Publisher:
        made.append(Publisher(urls=url, confirm_seconds=confirm_seconds, wakes=ear))
        return made[-1]

    yield make
    for one in made:
        one.close()
        one._loop.close()
    ear.close()


@pytest.fixture
def spoil(monkeypatch: pytest.MonkeyPatch) -> Callable[[OutboxEvent], None]:
    """Makes an event one that the broker closes the channel over, as it does over one that is too large."""
    spoilt: set[UUID] = set()
    properties = publisher._properties

    def with_bad_expiration(event: OutboxEvent) -> Any:
        made = properties(event)
        made.expiration = "never" if event.event_id in spoilt else None
        return made

    monkeypatch.setattr(publisher, "_properties", with_bad_expiration)
    return lambda event: spoilt.add(event.event_id)


@pytest.fixture
def relays(transactional_db: None, settings: Any) -> Iterator[Callable[[], Relay]]:
    """Relays with the settings of the moment; closed at the end, as `run` does it."""
    made: list[Relay] = []

    def make() -> Relay:
        made.append(Relay())
        return made[-1]

    yield make
    for relay in made:
        relay._close()
        relay._publisher._loop.close()
        relay._ear.close()
