"""One sentence about the two copies, and what to do next."""

from console import facts, stops
from console.halves import Halves
from console.levels import Level, Verdict
from console.words import ago, clock, counted, duration

__all__ = ["Level", "Verdict", "findings", "of"]
ALARM_SECONDS = 60.0  # of the oldest event that waits: from then on it is bad


def of(halves: Halves) -> Verdict:
    return findings(halves)[0]


def findings(halves: Halves) -> list[Verdict]:
    """All that can be said, what matters most first; at least one."""
    rules = (stops.first, held, came_back, dead_letters, drift, counts, behind, cannot_tell)
    return [found for rule in rules if (found := rule(halves))] or [in_step(halves)]


def held(halves: Halves) -> Verdict | None:
    outbox = halves.admin.outbox if halves.admin else None
    if not outbox or not outbox.held:
        return None
    events = counted(outbox.held, "event is held", "events are held")
    return _bad(
        f"Not in step: {events} since {clock(outbox.held_since, halves.now)}",
        "The relay holds what the broker refused again and again, and an operator may hold any: why, stands on admin's "
        "outbox page. Mend the cause, then try them again there, or with manage.py outbox retry --held.",
    )


def came_back(halves: Halves) -> Verdict | None:
    outbox = halves.admin.outbox if halves.admin else None
    if not outbox or not outbox.came_back:
        return None
    why = ", ".join(f"{number:,} {reason}" for reason, number in outbox.came_back.items())
    advice = {
        "unroutable": "No queue takes them: start service's consumer once, which declares its queue.",
        "nacked": "A queue refuses them, as a full one does: see whether the consumer keeps up.",
        "refused": "The broker closes the channel over them: their last errors stand on admin's outbox page.",
    }
    return _bad(
        f"Not in step: {counted(sum(outbox.came_back.values()), 'event')} came back ({why})",
        f"{advice[max(outbox.came_back, key=outbox.came_back.__getitem__)]} The relay tries them again by itself.",
    )


def dead_letters(halves: Halves) -> Verdict | None:
    letters = halves.service.dead_letters if halves.service else None
    if not letters or not letters.total:
        return None
    return _bad(
        f"Not in step: {counted(letters.total, 'dead letter')}",
        "Mend the cause, then retry or discard them on service's dead letters page, or with its commands: "
        "manage.py dead_letters list tells them, and what to do next.",
    )


def drift(halves: Halves) -> Verdict | None:
    found = halves.service.drift if halves.service else None
    if not found or not found.products:
        return None
    advice = "Look at them on service's drift page and repair them there, or with manage.py check_drift --repair."
    if found.counts.get("ahead") == found.products:
        advice = (
            "The copy is newer, as after admin was restored from a backup: then repair it downward, on service's drift "
            "page or with manage.py check_drift --repair --downward, which says what to do before."
        )
    return _bad(f"Drift: {counted(found.products, 'product differs', 'products differ')}", advice)


def counts(halves: Halves) -> Verdict | None:
    """What no drift check has found yet."""
    admin, service = halves.admin, halves.service
    if not admin or not service or (service.drift and service.drift.products):
        return None
    level = facts.counts_level(halves)
    if level == Level.OK:
        return None
    numbers = f"admin has {counted(admin.products or 0, 'product')}, service {service.products:,}"
    check = (
        "run a drift check on service's drift page, or manage.py check_drift --repair; a copy that has never been "
        "filled takes manage.py bootstrap_replica."
    )
    if level == Level.BAD:
        return _bad(f"Not in step: {numbers}", f"Nothing is on its way that would change it: {check}")
    return Verdict(level, f"Counts differ: {numbers}", f"That is more than what is on its way: {check}")


def behind(halves: Halves) -> Verdict | None:
    is_in_outbox, is_in_queue = facts.is_outbox_behind(halves), facts.is_queue_behind(halves)
    if not is_in_outbox and not is_in_queue:
        return None
    oldest = facts.oldest_seconds(halves) or 0
    how_old = f", oldest {duration(oldest)}" if is_in_outbox else " in the queue"
    level = Level.BAD if oldest >= ALARM_SECONDS else Level.WARN
    advice = "It catches up by itself as long as the numbers fall. Where they rise, start more consumers"
    if is_in_outbox:
        advice = "It catches up by itself as long as the oldest gets younger. Where it does not, read the log of "
        advice += "the consumer" if halves.is_embedded else "the relay"
    return Verdict(level, f"Behind: {facts.waiting(halves):,} waiting{how_old}", f"{advice}.")


def cannot_tell(halves: Halves) -> Verdict | None:
    if halves.theirs is None:
        advice = f"{halves.away[:1].upper()}{halves.away[1:]}."
        return Verdict(Level.UNKNOWN, f"Cannot tell: {halves.other} gives no answer", advice)
    for half in halves.known:
        missing = half.outbox if half.side == "admin" else half.dead_letters
        if half.products is None or missing is None:
            return Verdict(
                Level.UNKNOWN,
                f"Cannot tell: {half.side} leaves out what this version asks for",
                f"Run the same version on both sides: admin {_version(halves.admin)}, "
                f"service {_version(halves.service)}.",
            )
    return None


def in_step(halves: Halves) -> Verdict:
    at = facts.last_event(halves)
    last = f", last event {ago(at, halves.now)}" if at else ""
    return Verdict(
        Level.OK, f"In step: {counted(halves.mine.products or 0, 'product')}{last}", "There is nothing to do."
    )


def _bad(sentence: str, advice: str) -> Verdict:
    return Verdict(Level.BAD, sentence, advice)


def _version(half: object) -> str:
    return getattr(half, "version", "") or "unknown"
