"""`manage.py tail` beside a real consumer and a real broker."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inbox.envelope import Delivery
from inbox.processor import Processor
from processes import live
from processes import models as processes

from tests import database
from tests.broker import Broker
from tests.events import body
from tests.polling import wait_until
from tests.processes import SERVICE, Process

pytestmark = pytest.mark.django_db(transaction=True)
Start = Callable[..., Process]


@pytest.fixture
def start(broker: Broker, tmp_path: Path) -> Start:
    def start(*command: str, **environment: str) -> Process:
        given = {"DATABASE_URL": database.url(), "BROKER_URL": broker.url} | environment
        return Process(*command, folder=SERVICE, log=tmp_path / f"{command[-1]}.log", **given)

    return start


def test_each_event_has_a_line_as_it_comes(broker: Broker, start: Start) -> None:
    with start("consumer.py", METRICS_BIND="127.0.0.1:0") as consumer:
        consumer.wait_for("consumer connected")
        wait_until(lambda: processes.Process.objects.exclude(address="").exists())
        with start("manage.py", "tail", "--json") as tail:
            tail.wait_for("Ctrl-C ends it")
            # What comes before it has its connection has no line: so something comes until there is one.
            wait_until(lambda: broker.publish([b"\x1b]0;pwned"]) is None and "{" in tail.output)
            broker.publish([body(id=7, version=2)])
            tail.wait_for('"applied"')
            tail.send(signal.SIGINT)
            assert tail.wait() == 0, tail.output
    lines = [json.loads(line) for line in tail.output.splitlines() if line.startswith("{")]
    assert lines[0]["outcome"] == "rejected"
    assert lines[0]["reason"] == "unreadable"
    assert "Traceback" not in tail.output
    applied = lines[-1]
    assert (applied["product"], applied["version"], applied["type"]) == (
        "7",
        "2",
        "lockstep.catalogue.product.updated.v1",
    )
    assert applied["lag_seconds"] >= 0


def test_it_follows_one_that_comes_back(broker: Broker, start: Start) -> None:
    def begin() -> Process:
        consumer = start("consumer.py", METRICS_BIND="127.0.0.1:0")
        consumer.wait_for("consumer connected")
        return consumer

    with begin():
        wait_until(lambda: processes.Process.objects.exclude(address="").exists())
        tail = start("manage.py", "tail")
        tail.wait_for("Ctrl-C ends it")
    with tail, begin():
        wait_until(lambda: broker.publish([b"bad"]) is None and "rejected" in tail.output, interval_seconds=0.2)
        line = next(line for line in tail.output.splitlines() if "rejected" in line)
    assert line.split("\t")[1:5] == ["rejected", "-", "-", "-"]
    assert line.split("\t")[7].startswith("unreadable: ")


def told(*bodies: bytes, **more: Any) -> list[dict[str, Any]]:
    with live.Listener() as listener:
        Processor().process([Delivery(body=one, source="test", **more) for one in bodies])
        return [line for _ in bodies if (line := listener.take(seconds=1))]


def test_each_outcome_is_told_of_its_own_event() -> None:
    Processor().process([Delivery(body=body(id=1, version=5), source="test")])
    lines = told(body(id=2, version=1), b"bad", body(id=1, version=4), body(id=3, version=1), body(id=1, version=5))
    assert [(line["product"], line["outcome"]) for line in lines] == [
        ("2", "applied"), ("", "rejected"), ("1", "stale"), ("3", "applied"), ("1", "duplicate"),
    ]  # fmt: skip


def test_what_the_broker_gave_up_on_is_not_read() -> None:
    (line,) = told(body(id=2), given_up="delivered too often", properties={"message_id": "m-1"})
    assert (line["event_id"], line["product"], line["reason"]) == ("m-1", "", "given_up")


def test_with_nobody_listening_no_line_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inbox.telling.processed", lambda *_, **__: pytest.fail("it was made"))
    Processor().process([Delivery(body=body(id=2), source="test")])


def test_nothing_to_follow_is_3_and_says_what_to_set(start: Start) -> None:
    with start("manage.py", "tail") as tail:
        assert tail.wait() == 3
    assert "set METRICS_BIND, as 127.0.0.1:9101" in tail.output
