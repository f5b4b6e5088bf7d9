"""`manage.py tail` beside a real relay and a real broker."""

import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalogue.models import Product
from processes import live
from processes.models import Process

from tests.broker import Broker
from tests.outbox.test_relay import lamps
from tests.support import ended, eventually, manage, test_database_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def environment(broker: Broker) -> dict[str, str]:
    return {"DEBUG": "1", "BROKER_URL": broker.url, "DATABASE_URL": test_database_url()}


@pytest.fixture
def served(environment: dict[str, str]) -> Iterator[str]:
    """The address at which a relay tells."""
    relay = manage("relay", METRICS_BIND="127.0.0.1:0", **environment)
    yield eventually(lambda: Process.objects.exclude(address="").values_list("address", flat=True).first() or "")
    with relay:
        relay.kill()


def test_each_event_has_a_line_as_it_goes(broker: Broker, environment: dict[str, str], served: str) -> None:
    broker.queue()
    tail = manage("tail", "--json", **environment)
    assert tail.stdout is not None
    assert tail.stdout.readline() == f"following {served}; Ctrl-C ends it\n"
    # What is written before it has its connection has no line: so it is written until there is one.
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.append(tail.stdout.readline()), daemon=True)  # type: ignore[union-attr]
    reader.start()
    eventually(lambda: Product.objects.create(title="Lamp") and lines)
    found = json.loads(lines[0])
    assert found["outcome"] == "published"
    assert found["type"] == "lockstep.catalogue.product.created.v1"
    assert (found["version"], found["lag_seconds"] >= 0) == ("1", True)
    tail.send_signal(signal.SIGINT)
    code, output = ended(tail)
    assert (code, "Traceback" in output) == (0, False)


def test_what_comes_back_says_why(broker: Broker, relays: Any) -> None:
    broker.queue("product.nothing")
    lamps(1)
    relay = relays()
    with live.Listener() as listener:
        relay.step()
        line = listener.take(seconds=5)
    assert line is not None
    assert (line["outcome"], line["product"]) == ("unroutable", str(Product.objects.get().pk))


def test_with_nobody_listening_no_line_is_made(broker: Broker, relays: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outbox.telling.settled", lambda outcomes: pytest.fail("it was made"))
    broker.queue()
    lamps(1)
    relays().step()


def test_nothing_to_follow_is_3_and_says_what_to_set(environment: dict[str, str]) -> None:
    code, output = ended(manage("tail", **environment))
    assert code == 3
    assert "set METRICS_BIND, as 127.0.0.1:9100" in output


def test_without_a_broker_it_names_the_other_one(tmp_path: Path) -> None:
    code, output = ended(manage("tail", DEBUG="1", DATABASE_URL=f"sqlite:///{tmp_path}/new.sqlite3"))
    assert code == 3
    assert "admin has no relay: service's consumer takes the events" in output
