"""Messages that admin never sent, straight into the queue: each is a dead letter with its reason, nothing else happens.

All of them go in at once, each between two good ones, and each test looks at what became of one.
"""

import gzip
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pika
import pytest

from tests.e2e.waiting import eventually
from tests.faults.lab import sql
from tests.faults.lab.lab import Lab
from tests.faults.lab.labs import Labs
from tests.faults.lab.quiet import converge
from tests.faults.receiving import Letter, create, lamps, payloads, queue_of, take_letters, wait_shown

GOLDEN = Path(__file__).resolve().parents[2] / "contract/examples/product.created.v1.json"
KEPT = 4 * 1024 * 1024  # bytes of a body
DEEP = 100_000
STRANGER = 10**12
ODD = {
    "bytes": b"\xff\x00",
    "when": datetime(2026, 1, 2, tzinfo=UTC),
    "decimal": Decimal("1.5"),
    "table": {"list": [1, {"none": None}, True]},
    "nul\x00": "\x00",
    "big": 2**62,
}


@dataclass(frozen=True, slots=True)
class Message:
    body: bytes
    reason: str
    properties: dict[str, Any] = field(default_factory=dict)


def event(*, drop: str = "", **changes: Any) -> dict[str, Any]:
    """Of a product that admin has not: one that is applied after all is drift."""
    golden: dict[str, Any] = json.loads(GOLDEN.read_text())
    golden["data"] |= {"id": STRANGER}
    made = golden | {"id": str(uuid.uuid4()), "subject": str(STRANGER)} | changes
    made.pop(drop, None)
    return made


def unreadable(body: bytes, **properties: Any) -> Message:
    return Message(body, "unreadable", properties)


def invalid(**changes: Any) -> Message:
    return Message(json.dumps(event(**changes)).encode(), "invalid")


def data(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = event()["data"] | changes
    return made


def literal(text: str) -> Message:
    """An event with something in it that json.dumps would not write."""
    return unreadable(json.dumps(event(data=data(version=17, extra="X"))).replace('"X"', text).encode())


def version(text: str, reason: str = "invalid") -> Message:
    return Message(json.dumps(event(data=data(version="X"))).replace('"X"', text).encode(), reason)


MESSAGES = {
    "F53 not JSON": unreadable(b"title=Lamp"),
    "F53 cut off": unreadable(json.dumps(event()).encode()[:-1]),
    "F53 not UTF-8": unreadable(json.dumps(event()).encode().replace(b"Lamp", b"L\xe4mp")),
    "F53 pickled": unreadable(b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x07harmful\x94."),
    "F53 for a terminal": unreadable(b"\x1b[2J\x07\rforged line"),
    "F54 empty": unreadable(b""),
    "F55 XML, and says so": unreadable(b"<product id='1'/>", content_type="application/xml"),
    "F55 gzip, and says so": unreadable(gzip.compress(json.dumps(event()).encode()), content_encoding="gzip"),
    "F55 gzip bomb": unreadable(gzip.compress(b"0" * 200_000_000), content_encoding="gzip"),
    "F55 gzip, and says JSON": unreadable(gzip.compress(b"{}"), content_type="application/json"),
    "F56 array": Message(b"[1]", "invalid"),
    "F56 null": Message(b"null", "invalid"),
    "F56 number": Message(b"17", "invalid"),
    "F56 text": Message(b'"Lamp"', "invalid"),
    "F57 no id": invalid(drop="id"),
    "F57 no type": invalid(drop="type"),
    "F57 no sequence": invalid(drop="sequence"),
    "F57 no data": invalid(drop="data"),
    "F57 id is a number": invalid(id=1),
    "F57 data is a text": invalid(data="Lamp"),
    "F57 product id is a truth": invalid(data=data(id=True)),
    "F57 version is a truth": invalid(data=data(version=True)),
    "F57 version is a text": invalid(data=data(version="1")),
    "F57 no version": version("null"),
    "F57 unknown type": Message(
        json.dumps(event(type="lockstep.catalogue.product.painted.v1")).encode(), "unknown_type"
    ),
    "F57 next major version": Message(
        json.dumps(event(type="lockstep.catalogue.product.created.v2")).encode(), "unknown_type"
    ),
    "F58 deep object": unreadable(b'{"x":' * DEEP + b"1" + b"}" * DEEP),
    "F58 deep list within": unreadable(json.dumps(event(extra="X")).replace('"X"', "[" * DEEP + "]" * DEEP).encode()),
    "F59 NaN": literal("NaN"),
    "F59 Infinity": literal("-Infinity"),
    "F59 version 1e400": version("1e400"),
    "F59 version of 5,000 digits": version("9" * 5_000),
    "F60 NUL": invalid(data=data(title="La\x00mp")),
    "F60 raw NUL": unreadable(json.dumps(event()).encode().replace(b"Lamp", b"La\x00mp")),
    "F60 lone surrogate": unreadable(json.dumps(event(data=data(title="\ud800"))).encode()),
    "F61 10 MiB of nothing": unreadable(b"x" * 10 * 1024 * 1024),
    "F61 title of 10 MiB": invalid(data=data(title="t" * 10 * 1024 * 1024)),
    "F62 no source": invalid(drop="source"),
    "F62 empty source": invalid(source=""),
    "F63 time that is none": invalid(time="2026-02-30T00:00:00Z"),
    "F63 time without a zone": invalid(time="2026-01-02T03:04:05"),
    "F63 time that UTC cannot say": Message(
        json.dumps(event(data=data(updated_at="9999-12-31T23:59:59-14:00"))).encode(), "unprocessable"
    ),
    "F63 version 0": version("0"),
    "F63 version -1": version("-1"),
    "F63 version 2^63": version(str(2**63)),
    "F64 odd headers": unreadable(b"odd headers", headers=ODD, priority=200, timestamp=2**63, correlation_id="\x00"),
}


@pytest.fixture(scope="module")
def letters(shared: Labs) -> dict[bytes, Letter]:
    """What became of all messages, by their bodies; checked is also that nobody else noticed."""
    lab = shared.last()
    pids = lab.consumer.pids
    lab.consumer.forget()
    lab.relay.stop()
    good = create(lab, *lamps(len(MESSAGES)))
    queue = queue_of(lab)
    for neighbour, message in zip(payloads(lab), MESSAGES.values(), strict=True):
        queue.publish(neighbour)
        queue.publish(message.body, **message.properties)
    wait_shown(lab, good)
    assert_shown_escaped(lab)
    found = take_letters(lab, len(MESSAGES))
    assert lab.consumer.pids == pids
    assert "Traceback" not in lab.consumer.said()
    assert lab.consumer.said().count("looking for the event at fault") == 1, "the one that can be read"
    lab.heal()
    converge(lab)
    return {letter.body: letter for letter in found}


def assert_shown_escaped(lab: Lab) -> None:
    """One that would ring, move the cursor and end the line, if it were printed as it is."""
    query = "SELECT id FROM inbox_deadletter WHERE body = %s"

    def is_stored() -> int:
        found = sql.rows(lab.service_database_url, query, MESSAGES["F53 for a terminal"].body)
        assert found
        return int(found[0][0])

    show = lab.command("service", "dead_letters", "show", str(eventually(is_stored, within=30)))
    show.start(wait=False)
    assert show.wait_ended() == 0, show.log_tail()
    assert "\\x1b[2J" in show.said()
    assert not {"\x1b", "\x07", "\r"} & set(show.said())


@pytest.mark.smoke
@pytest.mark.parametrize(
    "message",
    [pytest.param(message, id=name, marks=pytest.mark.fault(name[:3])) for name, message in MESSAGES.items()],
)
def test_a_bad_message_is_a_dead_letter_with_its_reason_and_its_raw_bytes(
    letters: dict[bytes, Letter], message: Message
) -> None:
    letter = letters[message.body[:KEPT]]
    assert letter.reason == message.reason
    assert letter.error
    assert letter.attempts == 1


@pytest.mark.smoke
@pytest.mark.parametrize("fault", [f"F{number}" for number in range(53, 65)])
def test_each_kind_of_bad_message_is_among_them(fault: str) -> None:
    assert any(name.startswith(f"{fault} ") for name in MESSAGES)


@pytest.mark.parametrize(
    ("changes", "properties"),
    [
        pytest.param({}, {"content_type": "application/xml"}, marks=pytest.mark.fault("F55"), id="says XML"),
        pytest.param({}, {"content_encoding": "gzip"}, marks=pytest.mark.fault("F55"), id="says gzip"),
        pytest.param({"source": "/elsewhere"}, {}, marks=pytest.mark.fault("F62"), id="unknown source"),
    ],
)
def test_a_good_event_is_applied_whatever_its_properties_say_and_whoever_it_is_from(
    lab: Lab, changes: dict[str, str], properties: dict[str, str]
) -> None:
    lab.relay.stop()
    products = create(lab, "Lamp")
    [payload] = payloads(lab)
    queue_of(lab).publish(json.dumps(json.loads(payload) | changes).encode(), **properties)
    wait_shown(lab, products)


@pytest.mark.fault("F62")
def test_a_forged_user_id_is_refused_by_the_broker_itself(lab: Lab) -> None:
    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="user_id property set to 'admin'"):
        queue_of(lab).publish(b"forged", user_id="admin")


@pytest.mark.fault("F63")
def test_a_time_in_the_future_brings_no_older_version_back(lab: Lab) -> None:
    lab.relay.stop()
    [product] = create(lab, "Lamp")
    [payload] = payloads(lab)
    lab.written[product["id"]] = newer = lab.admin.patch(product["id"], title="Lantern")
    lab.relay.start()
    wait_shown(lab, [newer])
    stale = json.loads(payload) | {"time": "9998-01-01T00:00:00Z"}
    queue_of(lab).publish(json.dumps(stale).encode())
    eventually(lambda: _is_empty(lab), within=30)
    wait_shown(lab, [newer])


def _is_empty(lab: Lab) -> None:
    assert queue_of(lab).ready() == 0


@pytest.mark.fault("F64")
def test_a_good_event_with_odd_headers_is_applied(lab: Lab) -> None:
    lab.relay.stop()
    products = create(lab, "Lamp")
    queue_of(lab).publish(*payloads(lab), headers=ODD, type="nonsense", content_type="\x00")
    wait_shown(lab, products)
