"""Where a product's newest event is, in each case."""

from typing import Any

import pytest
from console.both_sides import Both, join
from console.whereabouts import timeline, where

from tests.console.told import NOW, before

ERROR = "no queue is bound"


def product(version: int = 3, **changes: Any) -> dict[str, Any]:
    usual = {"id": 17, "title": "Lamp", "version": version, "created_at": before(900), "updated_at": before(5)}
    return {"product": usual | changes}


def copy(version: int = 3, **changes: Any) -> dict[str, Any]:
    return product(version, applied_at=before(4), **changes) | {"version": version}


def event(version: int = 3, **changes: Any) -> dict[str, Any]:
    usual = {"type": "lockstep.catalogue.product.updated.v1", "version": version, "written_at": before(5), "reason": ""}
    return usual | changes


def waiting(*events: dict[str, Any]) -> dict[str, Any]:
    return {"waiting": list(events)}


GONE = {"product": None}
TOMBSTONE = {"product": None, "version": 4, "deleted_at": before(30)}
LETTER = {"dead_letters": [{"id": 17, "reason": "invalid", "error": "price: too large", "last_seen_at": before(3)}]}
AGAIN = {"attempts": 3, "reason": "unroutable", "last_error": ERROR, "next_attempt_at": before(-9)}
HELD = AGAIN | {"held_at": before(30)}


def both(admin: Any, service: Any, *, away: str = "", own: str = "admin") -> Both:
    mine, other = (admin, service) if own == "admin" else (service, admin)
    return join(own=own, product_id=17, mine=mine, other=other, away=away, now=NOW)


CASES = [
    (both(product(), copy()), "ok", "its newest event was applied 4 s ago"),
    (both(product() | waiting(event(2), event(3)), copy()), "ok", "its newest event was applied 4 s ago"),
    (both(product() | waiting(event()), copy(2)), "ok", "its event waits in the outbox since 10:02"),
    (
        both(product() | waiting(event(written_at=before(90))), GONE),
        "warn",
        "its event waits in the outbox since 10:01",
    ),
    (
        both(product() | waiting(event(**AGAIN)), copy(2)),
        "warn",
        f"its event waits in the outbox since 10:02: unroutable ({ERROR})",
    ),
    (
        both(product() | waiting(event(**HELD), event(4)), copy(2)),
        "bad",
        f"its event is held in the outbox since 10:02: unroutable ({ERROR})",
    ),
    (both(product(), copy(2)), "ok", "its newest event, made 5 s ago, is on its way"),
    (both(product(), GONE), "ok", "its newest event, made 5 s ago, is on its way"),
    (
        both(product(updated_at=before(900)), copy(2)),
        "bad",
        "its newest event, made 15 min ago, has left the outbox and is not applied: "
        "it lies in the queue, or is lost. When the queue is empty, repair this one",
    ),
    (both(product(), copy(2) | LETTER), "bad", "it stands as dead letter 17, invalid: price: too large"),
    (both(product(), copy() | LETTER), "ok", "its newest event was applied 4 s ago"),
    (
        both(product(), copy(title="Lump")),
        "bad",
        "the versions are equal and the contents are not: repair this one",
    ),
    (
        both(product(), copy(7)),
        "bad",
        "the copy is newer than admin, which seems to have been restored from a backup: if it was, the copy can "
        "take admin's older state, and loses what is newer",
    ),
    (both(GONE, TOMBSTONE), "ok", "admin deleted it; the copy knows since 10:02"),
    (both(GONE | waiting(event(4)), copy()), "ok", "its event waits in the outbox since 10:02"),
    (
        both(GONE, copy()),
        "warn",
        "the copy has it and admin does not; unless admin deleted it a moment ago this is drift: repair this one",
    ),
    (both(GONE, GONE), "unknown", "neither side has ever heard of it"),
    (both(GONE, GONE | LETTER), "bad", "it stands as dead letter 17, invalid: price: too large"),
    (both(product(), None, away="it is away"), "unknown", "service gives no answer: it is away"),
    (both(None, copy(), away="it is away", own="service"), "unknown", "admin gives no answer: it is away"),
    (both(product() | waiting(event()), None, away="x"), "ok", "its event waits in the outbox since 10:02"),
]


@pytest.mark.parametrize(("seen", "level", "sentence"), CASES, ids=[row[2][:60] for row in CASES])
def test_where_the_newest_event_is(seen: Both, level: str, sentence: str) -> None:
    found = where(seen)
    assert (found.sentence, found.level) == (sentence, level)


def test_the_timeline_goes_backwards() -> None:
    seen = both(product() | waiting(event(**AGAIN), event(4, **HELD)), copy() | LETTER)
    steps = timeline(seen)
    assert [step.word for step in steps] == [
        "next try", "dead letter", "applied", "written", "written", "changed", "held", "created",
    ]  # fmt: skip
    assert [step.at for step in steps] == sorted((step.at for step in steps), reverse=True)


def test_what_differs_is_named() -> None:
    assert both(product(), copy(title="Lump", price="1.00")).differing == ["title", "price"]
    assert both(product(), copy()).differing == []
    assert both(product(), None, away="x").differing == []
