"""One event followed to its end: the trace of its envelope in the row, in a dead letter, and in a line at DEBUG."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from inbox.consumer import Consumer
from inbox.envelope import Delivery
from inbox.models import DeadLetter
from inbox.processor import Processor
from inbox.routing import Outcome
from inbox.sources.amqp import AmqpSource
from replica.models import Product

from tests.broker import Broker
from tests.events import EXAMPLES, deliver, delivery, event
from tests.logs import logged

pytestmark = pytest.mark.django_db
ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{ID}-b7ad6b7169203331-01"
ODD: dict[str, Any] = {
    "empty": "",
    "words": "hello",
    "null": None,
    "a number": 7,
    "a huge one": 10**400,
    "a list": [TRACEPARENT],
    "an object": {"traceparent": TRACEPARENT},
    "zeros": f"00-{'0' * 32}-b7ad6b7169203331-01",
    "a longer one": f"{TRACEPARENT}0",
    "text round it": f" {TRACEPARENT} ",
    "text of 100,000": "0" * 100_000,
    "nul": "\x00",
}


def traced(action: str = "updated", /, traceparent: Any = TRACEPARENT, **changes: Any) -> Delivery:
    return delivery(action, envelope={"traceparent": traceparent}, **changes)


@pytest.fixture
def debug(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG, logger="inbox"):
        yield caplog


def processed(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [line for line in logged(caplog) if line["event"] == "event processed"]


def test_the_row_says_which_request_made_it_what_it_is() -> None:
    golden = (EXAMPLES / "product.updated.v1.traceparent.json").read_bytes()
    assert Processor().process([deliver(golden)]) == {Outcome.APPLIED: 1}
    assert Product.objects.get().trace_id == ID


@pytest.mark.parametrize("odd", ODD.values(), ids=list(ODD))
def test_no_event_is_refused_over_an_odd_one(odd: Any) -> None:
    assert Processor().process([traced(traceparent=odd)]) == {Outcome.APPLIED: 1}
    assert Product.objects.get().trace_id == ""


def test_an_event_without_one_leaves_none_behind() -> None:
    Processor().process([traced(version=1)])
    Processor().process([delivery(version=2)])
    assert Product.objects.get().trace_id == ""


def test_a_late_event_leaves_the_newer_ones_trace() -> None:
    Processor().process([traced(version=2)])
    Processor().process([traced(version=1, traceparent=TRACEPARENT.replace("0af7", "1111"))])
    assert Product.objects.get().trace_id == ID


def test_a_tombstone_says_it_too() -> None:
    Processor().process([traced("deleted", version=2)])
    assert Product.objects.get().trace_id == ID


def test_a_dead_letter_says_it(caplog: pytest.LogCaptureFixture) -> None:
    Processor().process([traced(title="")])
    assert DeadLetter.objects.get().trace_id == ID
    assert [line["trace_id"] for line in logged(caplog) if line["event"] == "event became a dead letter"] == [ID]


@pytest.mark.parametrize("headers", [{"traceparent": TRACEPARENT}, {"traceparent": 7}, {}, None, "odd"])
def test_of_what_the_broker_gave_up_on_the_header_says_it(headers: Any) -> None:
    given_up = Delivery(body=b"\xff", source="amqp:dead", properties={"headers": headers}, given_up="too often")
    Processor().process([given_up])
    assert DeadLetter.objects.get().trace_id == (ID if headers == {"traceparent": TRACEPARENT} else "")


def test_at_debug_each_event_has_a_line_with_its_outcome(debug: pytest.LogCaptureFixture) -> None:
    Processor().process([traced(id=1, version=2), deliver(b"nonsense"), traced(id=1, version=1), traced(id=2)])
    said = [(line["subject"], line["version"], line["outcome"], line["trace_id"]) for line in processed(debug)]
    assert said == [("1", 2, "applied", ID), ("", None, "rejected", ""), ("1", 1, "stale", ID), ("2", 1, "applied", ID)]
    assert [line["event_id"] for line in processed(debug)] == ["updated-1-2", "", "updated-1-1", "updated-2-1"]


def test_a_line_shows_hostile_text_harmlessly(debug: pytest.LogCaptureFixture) -> None:
    Processor().process([delivery(envelope={"id": "a\n\x1b[31mb"})])
    (line,) = processed(debug)
    assert line["event_id"].isprintable()


def test_otherwise_no_body_is_read_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(delivery: Delivery) -> None:
        raise AssertionError("costs something")

    monkeypatch.setattr("inbox.following.about", read)
    assert Processor().process([traced()]) == {Outcome.APPLIED: 1}


@pytest.mark.django_db(transaction=True)
def test_from_the_broker_to_the_row(broker: Broker, make_source: Callable[[], AmqpSource]) -> None:
    consumer = Consumer(source=make_source())
    consumer._open()
    traced = json.dumps(event("created", envelope={"traceparent": TRACEPARENT})).encode()
    broker.publish([traced], headers={"traceparent": TRACEPARENT})
    assert consumer.step(seconds=15) == 1
    consumer._close()
    assert Product.objects.get().trace_id == ID
