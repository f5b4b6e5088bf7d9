"""Where a product's newest event is, in one sentence, and what happened to the product when."""

from dataclasses import dataclass
from datetime import datetime

from console.both_sides import Both, Side, Waiting
from console.levels import Level
from console.words import ago, clock, seconds_since

SETTLING = 30.0  # seconds within which an event that is nowhere to be seen is on its way
REPAIR = "repair this one"
AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Found:
    level: Level
    word: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Step:
    at: datetime
    level: Level
    word: str
    said: str


def where(both: Both) -> Found:
    if both.admin is None or both.service is None:
        return _half_known(both)
    waiting = [event for event in both.admin.told.waiting if event.version > (both.service.version or 0)]
    if waiting:
        return _in_outbox(waiting, both)
    if both.admin.product is None:
        return _without_admin(both.admin, both.service, both)
    return _compared(both.admin.version or 0, both.service.version or 0, both)


def _half_known(both: Both) -> Found:
    waiting = both.admin.told.waiting if both.admin else []
    if waiting:
        return _in_outbox(waiting, both)
    return Found(Level.UNKNOWN, "cannot tell", f"{both.other} gives no answer: {both.away}")


def _in_outbox(waiting: list[Waiting], both: Both) -> Found:
    held = [event for event in waiting if event.held_at]
    event = held[0] if held else waiting[-1]
    why = f": {event.reason}" if event.reason else ""
    error = f" ({event.last_error})" if event.last_error else ""
    if held:
        return Found(
            Level.BAD, "held", f"its event is held in the outbox since {clock(event.held_at, both.now)}{why}{error}"
        )
    level = Level.WARN if event.reason or (seconds_since(event.written_at, both.now) or 0) > SETTLING else Level.OK
    since = clock(event.written_at, both.now)
    return Found(level, "waiting", f"its event waits in the outbox since {since}{why}{error}")


def _without_admin(admin: Side, service: Side, both: Both) -> Found:
    if service.told.deleted_at or (service.version is not None and service.product is None):
        return Found(
            Level.OK, "deleted", f"admin deleted it; the copy knows since {clock(service.told.deleted_at, both.now)}"
        )
    if service.product is None:
        return _letters(both) or Found(Level.UNKNOWN, "unknown", "neither side has ever heard of it")
    if admin.told.waiting:
        return Found(Level.OK, "on its way", "admin deleted it, and the event is on its way")
    return _letters(both) or Found(
        Level.WARN,
        "extra",
        f"the copy has it and admin does not; unless admin deleted it a moment ago this is drift: {REPAIR}",
    )


def _compared(original: int, copied: int, both: Both) -> Found:
    assert both.admin is not None
    assert both.service is not None
    if copied > original:
        return Found(
            Level.BAD,
            AHEAD,
            "the copy is newer than admin, which seems to have been restored from a backup: if it was, the copy can "
            "take admin's older state, and loses what is newer",
        )
    if copied < original:
        return _letters(both) or _under_way(both)
    if both.differing:
        return Found(Level.BAD, "different", f"the versions are equal and the contents are not: {REPAIR}")
    return Found(Level.OK, "applied", f"its newest event was applied {ago(both.service.at('applied_at'), both.now)}")


def _letters(both: Both) -> Found | None:
    """The newest one, which may be older than the newest event, since a letter does not tell its version."""
    letters = both.service.told.dead_letters if both.service else []
    if not letters:
        return None
    letter = letters[-1]
    error = f": {letter.error}" if letter.error else ""
    return Found(Level.BAD, "dead letter", f"it stands as dead letter {letter.id}, {letter.reason}{error}")


def _under_way(both: Both) -> Found:
    assert both.admin is not None
    made = both.admin.at("updated_at")
    if (seconds_since(made, both.now) or 0) <= SETTLING:
        return Found(Level.OK, "on its way", f"its newest event, made {ago(made, both.now)}, is on its way")
    return Found(
        Level.BAD,
        "behind",
        f"its newest event, made {ago(made, both.now)}, has left the outbox and is not applied: "
        f"it lies in the queue, or is lost. When the queue is empty, {REPAIR}",
    )


def timeline(both: Both) -> list[Step]:
    """All that is known, newest first; what has no moment is left out."""
    steps = [*_of_admin(both.admin), *_of_service(both.service)]
    return sorted(steps, key=lambda step: step.at)[::-1]


def _of_admin(side: Side | None) -> list[Step]:
    if side is None:
        return []
    steps = [_step(side.at("created_at"), Level.OK, "created", "on admin, version 1")]
    if side.version != 1:
        steps.append(_step(side.at("updated_at"), Level.OK, "changed", f"on admin, version {side.version}"))
    for event in side.told.waiting:
        name = ".".join(event.type.split(".")[-3:])
        steps.append(_step(event.written_at, Level.OK, "written", f"{name}, version {event.version}, to the outbox"))
        if event.held_at:
            steps.append(_step(event.held_at, Level.BAD, "held", f"{name}, {event.reason}: {event.last_error}"))
        elif event.attempts:
            tried = f"{name}, after {event.attempts} tries; {event.reason}: {event.last_error}"
            steps.append(_step(event.next_attempt_at, Level.WARN, "next try", tried))
    return [step for step in steps if step]


def _of_service(side: Side | None) -> list[Step]:
    if side is None:
        return []
    steps = [
        _step(side.at("applied_at"), Level.OK, "applied", f"by service, version {side.version}"),
        _step(side.told.deleted_at, Level.OK, "deleted", f"by service, version {side.version}"),
    ]
    for letter in side.told.dead_letters:
        what = f"dead letter {letter.id}, {letter.event_type or 'unreadable'}, {letter.reason}: {letter.error}"
        steps.append(_step(letter.last_seen_at or letter.first_seen_at, Level.BAD, "dead letter", what))
    return [step for step in steps if step]


def _step(at: datetime | None, level: Level, word: str, said: str) -> Step | None:
    return Step(at, level, word, said) if at else None
