"""Each sentence, and what must not be one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from config import sync
from console import verdict
from console.halves import Halves

from tests.console.told import ADMIN, AWAY, NOW, before, embedded, halves, process

PAUSE = {"at": before(30), "by": "ada", "reason": "maintenance"}


def outbox(**changes: Any) -> dict[str, Any]:
    return {"outbox": changes}


def broker(**changes: Any) -> dict[str, Any]:
    return {"broker": changes}


def relays(*states: str, **more: Any) -> dict[str, Any]:
    return {"processes": [process("relay", state=state, **more) for state in states]}


def consumers(*states: str, **more: Any) -> dict[str, Any]:
    return {"processes": [process("consumer", state=state, **more) for state in states]}


DEAD_RELAY = relays("idle", is_fresh=False, beat_at=before(120))
DEAD_CONSUMER = consumers("working", is_fresh=False, beat_at=before(86400))
IN_STEP = "In step: 12,431 products, last event 2 s ago"
NEW = {"last_event_at": None}
FEW = {"minutes": [{"at": before(30), "counts": {"applied": 5}, "lag": None}]}
BURST = relays("working", since=before(1))
QUIET = {"last_event_at": before(40)}

SENTENCES: list[tuple[Halves, str, int, str]] = [
    # In step, and what is no news
    (halves(), "ok", 0, IN_STEP),
    (embedded(), "ok", 0, IN_STEP),
    (halves({"products": 1}, {"products": 1}), "ok", 0, "In step: 1 product, last event 2 s ago"),
    (
        halves(relays("idle", **NEW) | {"products": 0}, consumers("idle", **NEW) | {"products": 0}),
        "ok",
        0,
        "In step: 0 products",
    ),
    (halves(outbox(waiting=3, oldest_at=before(0.05))), "ok", 0, IN_STEP),
    (halves(None, broker(ready=3)), "ok", 0, IN_STEP),
    (halves(relays("working", "standing_by")), "ok", 0, IN_STEP),
    (halves(relays("standing_by", since=before(3))), "ok", 0, IN_STEP),
    (halves({"products": 12432}), "ok", 0, "In step: 12,432 products, last event 2 s ago"),
    (halves(None, consumers("working", "no_source")), "ok", 0, IN_STEP),
    (embedded({"paused": PAUSE}), "ok", 0, IN_STEP),
    # Behind
    (halves(outbox(waiting=340, oldest_at=before(41))), "warn", 1, "Behind: 340 waiting, oldest 41 s"),
    (halves(outbox(waiting=340, oldest_at=before(41)), broker(ready=2)), "warn", 1, "Behind: 342 waiting, oldest 41 s"),
    (halves(outbox(waiting=9000, oldest_at=before(610))), "bad", 1, "Behind: 9,000 waiting, oldest 10 min"),
    (halves(relays("idle", last_event_at=before(5)), broker(ready=3)), "warn", 1, "Behind: 3 waiting in the queue"),
    (halves(None, broker(ready=5000)), "warn", 1, "Behind: 5,000 waiting in the queue"),
    (
        halves(None, broker(ready=9) | {"minutes": [{"at": before(30), "counts": {}, "lag": {"median": 4, "p95": 9}}]}),
        "warn",
        1,
        "Behind: 9 waiting in the queue",
    ),
    (
        embedded({"outbox": ADMIN["outbox"] | {"waiting": 4, "oldest_at": before(9)}}),
        "warn",
        1,
        "Behind: 4 waiting, oldest 9 s",
    ),
    # Stopped
    (halves({"paused": PAUSE}), "bad", 1, "Stopped: the relay was paused by ada at 10:02: maintenance"),
    (halves(None, {"paused": PAUSE | {"reason": ""}}), "bad", 1, "Stopped: the consumer was paused by ada at 10:02"),
    (halves(relays("no_source", said="refused")), "bad", 1, "Stopped: broker unreachable since 10:02"),
    (halves(None, broker(is_reachable=False, error="x", ready=None)), "bad", 1, "Stopped: broker unreachable"),
    (halves(None, consumers("no_source")), "bad", 1, "Stopped: broker unreachable since 10:02"),
    (embedded(None, consumers("no_source")), "bad", 1, "Stopped: service cannot reach admin since 10:02"),
    (halves(DEAD_RELAY), "bad", 1, "Stopped: no relay runs (last sign 10:00)"),
    (halves({"processes": []}), "bad", 1, "Stopped: no relay runs (none has in the last day)"),
    (halves(None, DEAD_CONSUMER), "bad", 1, "Stopped: no consumer runs (last sign 2026-03-03 10:02)"),
    (
        halves(relays("standing_by", "standing_by", since=before(40))),
        "bad",
        1,
        "Stopped: no relay is active, 2 relays stand by",
    ),
    (halves(None, broker(ready=None, consumers=None)), "bad", 1, "Stopped: the broker has no queue for service"),
    (halves(None, broker(consumers=0)), "bad", 1, "Stopped: nobody takes from service's queue"),
    (halves(None, {"mode": "embedded"}), "bad", 1, "Stopped: one side uses a broker, the other one does not"),
    (
        halves(outbox(waiting=340, oldest_at=before(41)) | DEAD_RELAY),
        "bad",
        1,
        "Stopped: no relay runs (last sign 10:00)",
    ),
    (halves({"paused": PAUSE}, AWAY), "bad", 1, "Stopped: the relay was paused by ada at 10:02: maintenance"),
    # Not in step
    (halves(outbox(held=2, held_since=before(30))), "bad", 1, "Not in step: 2 events are held since 10:02"),
    (halves(outbox(held=1, held_since=before(30))), "bad", 1, "Not in step: 1 event is held since 10:02"),
    (
        halves(outbox(waiting=3, unroutable=2, nacked=1, oldest_at=before(1))),
        "bad",
        1,
        "Not in step: 3 events came back (2 unroutable, 1 nacked)",
    ),
    (halves(None, {"dead_letters": {"total": 3}}), "bad", 1, "Not in step: 3 dead letters"),
    (halves(None, {"dead_letters": {"total": 1}}), "bad", 1, "Not in step: 1 dead letter"),
    (
        halves(None, {"drift": {"verdict": "drift", "counts": {"missing": 4, "stale": 8}}}),
        "bad",
        1,
        "Drift: 12 products differ",
    ),
    (halves(None, {"drift": {"verdict": "equal", "counts": {}}}), "ok", 0, IN_STEP),
    (
        halves({"products": 12432, **relays("idle", **QUIET)}, consumers("idle", **QUIET)),
        "bad",
        1,
        "Not in step: admin has 12,432 products, service 12,431",
    ),
    (
        embedded({"products": 5}, consumers("idle", **QUIET) | {"products": 7}),
        "bad",
        1,
        "Not in step: admin has 5 products, service 7",
    ),
    # Counts differ while events go on: by more than what waits, is held, is a dead letter, or was done lately
    (halves({"products": 12468}), "ok", 0, "In step: 12,468 products, last event 2 s ago"),
    (halves({"products": 12469}), "warn", 1, "Counts differ: admin has 12,469 products, service 12,431"),
    (halves({"products": 50}, {"products": 10} | FEW), "warn", 1, "Counts differ: admin has 50 products, service 10"),
    (halves({"products": 10}, {"products": 50} | FEW), "warn", 1, "Counts differ: admin has 10 products, service 50"),
    (embedded({"products": 30}, {"products": 0} | FEW), "warn", 1, "Counts differ: admin has 30 products, service 0"),
    (
        halves({"products": 12500} | outbox(waiting=30, oldest_at=before(1))),
        "ok",
        0,
        "In step: 12,500 products, last event 2 s ago",
    ),
    (halves({"products": 12500}, broker(ready=30)), "ok", 0, "In step: 12,500 products, last event 2 s ago"),
    (halves({"products": 12500}, {"dead_letters": {"total": 30}}), "bad", 1, "Not in step: 30 dead letters"),
    # A burst that has just begun: the relay has told nothing of it yet
    (
        halves({"products": 22431} | BURST | outbox(waiting=300, oldest_at=before(1))),
        "ok",
        0,
        "In step: 22,431 products, last event 2 s ago",
    ),
    # Cannot tell
    (halves(None, AWAY), "unknown", 3, "Cannot tell: service gives no answer"),
    (halves(AWAY, own="service"), "unknown", 3, "Cannot tell: admin gives no answer"),
    (halves(None, [1]), "unknown", 3, "Cannot tell: service gives no answer"),
    (halves(None, {"side": "admin"}), "unknown", 3, "Cannot tell: service gives no answer"),
    (halves(None, {"products": "many"}), "unknown", 3, "Cannot tell: service leaves out what this version asks for"),
    (halves(None, {"dead_letters": None}), "unknown", 3, "Cannot tell: service leaves out what this version asks for"),
    (halves({"outbox": None}, own="service"), "unknown", 3, "Cannot tell: admin leaves out what this version asks for"),
]


@pytest.mark.parametrize(("seen", "level", "code", "sentence"), SENTENCES, ids=[row[3] for row in SENTENCES])
def test_a_sentence(seen: Halves, level: str, code: int, sentence: str) -> None:
    found = verdict.of(seen)
    assert (found.sentence, found.level, found.exit_code) == (sentence, level, code)
    assert found.advice.endswith(".")


@pytest.mark.parametrize("own", ["admin", "service"])
def test_both_sides_say_the_same(own: str) -> None:
    seen = halves(outbox(waiting=340, oldest_at=before(41)), {"dead_letters": {"total": 3}}, own=own)
    assert [found.sentence for found in verdict.findings(seen)] == [
        "Not in step: 3 dead letters",
        "Behind: 340 waiting, oldest 41 s",
    ]


def test_what_the_process_says_is_part_of_the_advice() -> None:
    found = verdict.of(halves(relays("no_source", said="connection to broker:5672 refused")))
    assert "connection to broker:5672 refused" in found.advice
    assert "none is lost" in found.advice


def test_where_the_other_side_is_away_its_advice_is_ours() -> None:
    assert verdict.of(halves(None, AWAY)).advice == "Service at http://127.0.0.1:8001 gives no answer (refused)."


@pytest.mark.parametrize("ahead", [-3600, 40, 3600])
def test_another_clock_makes_no_other_sentence(ahead: float) -> None:
    """Service's clock goes wrong, and so do all its moments."""
    shifted = {"at": before(-ahead), "processes": [process("consumer", last_event_at=before(2 - ahead))]}
    seen = halves(None, shifted)
    assert verdict.of(seen).sentence == IN_STEP
    assert seen.clock_ahead.total_seconds() == ahead


def test_no_age_is_negative() -> None:
    seen = halves(None, consumers("idle", last_event_at=before(-4)))
    assert verdict.of(seen).sentence == "In step: 12,431 products, last event 0 s ago"


@pytest.mark.django_db
def test_the_examples_have_the_fields_of_what_is_really_told() -> None:
    told = sync.half()
    assert set(told) == set(ADMIN)
    assert set(told["outbox"]) == set(ADMIN["outbox"])


def test_the_traffic_of_an_earlier_minute_explains_no_difference() -> None:
    """Admin's 60 of the minute before are over: 30 in this one are all that may be on their way."""
    assert verdict.of(halves({"products": 12431 + 45})).level == "warn"


def test_at_a_minute_s_beginning_the_one_before_counts() -> None:
    minutes = [{"at": before(30), "counts": {"published": 60}, "lag": None}]
    seen = halves({"products": 12431 + 60, "minutes": minutes} | relays("idle", last_event_at=before(-34)))
    levels = [verdict.of(replace(seen, now=NOW + timedelta(seconds=later))).level for later in (0, 35, 50)]
    assert levels == ["ok", "ok", "warn"]


def test_counts_that_differ_have_advice_also_for_a_copy_that_was_never_filled() -> None:
    advice = verdict.of(halves({"products": 50000})).advice
    assert "drift check" in advice
    assert "bootstrap_replica" in advice
