"""The way of an event in five boxes: admin → outbox → broker → consumer → copy."""

from dataclasses import dataclass
from datetime import datetime

from console import facts
from console.halves import Half, Halves
from console.levels import Level
from console.words import counted, lag

UNSEEN = "no answer"


@dataclass(frozen=True, slots=True)
class Box:
    """`rate` is in events a second; what is None is not known, or there is no such thing in this box."""

    name: str
    level: Level
    word: str  # of its state
    count: int | None = None
    unit: str = ""  # of the count
    rate: float | None = None
    did: str = ""  # what the rate is of
    oldest_at: datetime | None = None
    said: str = ""


def boxes(halves: Halves) -> list[Box]:
    return [_admin(halves), _outbox(halves), _broker(halves), _consumer(halves), _copy(halves)]


def _admin(halves: Halves) -> Box:
    half = halves.admin
    if half is None:
        return Box("admin", Level.UNKNOWN, UNSEEN, unit="products")
    return Box("admin", Level.OK, "answers", half.products, _products(half.products), said=f"version {half.version}")


def _outbox(halves: Halves) -> Box:
    half = halves.admin
    if half is None or half.outbox is None:
        return Box("outbox", Level.UNKNOWN, UNSEEN, unit="waiting")
    outbox = half.outbox
    level, word, said = _outbox_state(half, halves)
    rate = None if halves.is_embedded else facts.rate(half, "published", now=halves.now, span=halves.span)
    return Box("outbox", level, word, outbox.waiting, "waiting", rate, "published", outbox.oldest_at, said)


def _outbox_state(half: Half, halves: Halves) -> tuple[Level, str, str]:
    outbox = half.outbox
    assert outbox is not None
    if outbox.held:
        return Level.BAD, "holds events", counted(outbox.held, "event is held", "events are held")
    if outbox.came_back:
        return Level.BAD, ", ".join(outbox.came_back), "they came back and are tried again"
    relays = "" if halves.is_embedded else counted(len(half.running), "relay")
    if not halves.is_embedded:
        if half.paused:
            return Level.BAD, "paused", f"by {half.paused.by}"
        if not half.running:
            return Level.BAD, "no relay", "nothing takes from it"
        if facts.cut_off(half):
            return Level.BAD, "cut off", "the relay cannot reach the broker"
    if facts.is_outbox_behind(halves):
        return Level.WARN, "behind", relays
    return Level.OK, "flows" if outbox.waiting else "empty", relays


def _broker(halves: Halves) -> Box:
    if halves.is_embedded:
        return Box("broker", Level.OK, "not used", said="no broker: service pulls from admin")
    half = halves.service
    if half is None or half.broker is None:
        return Box("broker", Level.UNKNOWN, UNSEEN, unit="in the queue")
    broker = half.broker
    level, word = Level.OK, "flows" if broker.ready else "empty"
    if not broker.is_reachable:
        level, word = Level.BAD, "unreachable"
    elif broker.ready is None:
        level, word = Level.BAD, "no queue"
    elif not broker.consumers:
        level, word = Level.BAD, "no consumers"
    elif facts.is_queue_behind(halves):
        level, word = Level.WARN, "behind"
    said = f"{counted(broker.dead, 'message')} in the dead-letter queue" if broker.dead else broker.where
    return Box("broker", level, word, broker.ready, "in the queue", said=said)


def _consumer(halves: Halves) -> Box:
    half = halves.service
    if half is None:
        return Box("consumer", Level.UNKNOWN, UNSEEN, unit="running")
    running = half.running
    level, word = Level.OK, _together(half)
    if half.paused:
        level, word = Level.BAD, "paused"
    elif not running:
        level, word = Level.BAD, "not running"
    elif facts.cut_off(half):
        level = Level.BAD
    elif any(process.state == "no_source" for process in running):
        level = Level.WARN
    rate = facts.rate(half, "applied", now=halves.now, span=halves.span)
    hosts = ", ".join(sorted({process.host for process in running}))
    return Box("consumer", level, word, len(running), "running", rate, "applied", said=f"on {hosts}" if hosts else "")


def _together(half: Half) -> str:
    """The state of one, or of most of them."""
    words = [process.word for process in half.running]
    return max(set(words), key=lambda word: (words.count(word), word), default="not running")


def _copy(halves: Halves) -> Box:
    half = halves.service
    if half is None:
        return Box("copy", Level.UNKNOWN, UNSEEN, unit="products")
    median = facts.median_lag(halves)
    letters, drift = half.dead_letters, half.drift
    # Counts alone prove no contents.
    level, word = Level.OK, "equal" if drift and drift.verdict == "equal" else "same count"
    said = "" if median is None else f"lag {lag(median)}"
    if letters and letters.total:
        level, word = Level.BAD, counted(letters.total, "dead letter")
    elif drift and drift.products:
        level, word = Level.BAD, counted(drift.products, "product differs", "products differ")
    elif halves.admin is None or halves.admin.products is None or half.products is None:
        level, word = Level.UNKNOWN, "not comparable"
    elif difference := facts.difference(halves):
        level = facts.counts_level(halves)
        word, said = "follows" if level == Level.OK else "differs", f"{difference:,} from admin's count"
    return Box("copy", level, word, half.products, _products(half.products), said=said)


def _products(count: int | None) -> str:
    return "product" if count == 1 else "products"
