"""What follows from the halves: what waits, since when, how fast it goes. Verdict and pipeline say it in words."""

from datetime import datetime, timedelta

from console.halves import Half, Halves, Process
from console.levels import Level
from console.words import seconds_since

PATIENCE = 2.0  # seconds that an event may be on its way before anybody speaks of it
AT_LEAST = 100  # events a second that any consumer manages: what it has done in quiet minutes says nothing
QUIET = 30.0  # seconds without an event after which the counts of products must agree
LATELY = timedelta(seconds=15)  # counts are remembered for 5 s, the minutes are written every 2 s; and the clocks
BEGUN = 10.0  # seconds of work after which a process's minutes tell of most of it
SPARE = 1.25  # what the minutes do not tell yet


def last_event(halves: Halves) -> datetime | None:
    """When the copy, or where that is not known the relay, last had one; a process that began later knows of none."""
    for half in reversed(halves.known):
        moments = [process.last_event_at for process in half.processes if process.last_event_at]
        if moments:
            return max(moments)
    return None


def rate(half: Half | None, name: str, *, now: datetime, span: int) -> float | None:
    """Events a second in the last one to two minutes, or ten to twenty where `span` is long; None: none in sight."""
    if half is None:
        return None
    since = _start(now, span) - _step(span)
    return _done(half, name, since=since) / (now - since).total_seconds()


def _step(span: int) -> timedelta:
    return timedelta(minutes=1 if span <= 60 else 10)


def _start(at: datetime, span: int) -> datetime:
    """Of the minute, or of the ten."""
    return at - (at - datetime.min.replace(tzinfo=at.tzinfo)) % _step(span)


def _done(half: Half, name: str, *, since: datetime) -> int:
    return sum(minute.counts.get(name, 0) for minute in half.minutes if minute.at and minute.at >= since)


def waiting(halves: Halves) -> int:
    """In the outbox and in the queue; held events do not go by themselves and are no part of it."""
    outbox = halves.admin.outbox.waiting if halves.admin and halves.admin.outbox else 0
    return outbox + ready(halves)


def ready(halves: Halves) -> int:
    broker = halves.service.broker if halves.service else None
    return (broker.ready or 0) if broker else 0


def oldest_seconds(halves: Halves) -> float | None:
    """Of the outbox; a queue does not tell its messages' ages."""
    outbox = halves.admin.outbox if halves.admin else None
    return seconds_since(outbox.oldest_at, halves.now) if outbox else None


def is_outbox_behind(halves: Halves) -> bool:
    return (oldest_seconds(halves) or 0) > PATIENCE


def is_queue_behind(halves: Halves) -> bool:
    """Whether what is ready has been so for longer than a moment, as far as that can be told."""
    waits = ready(halves)
    if not waits:
        return False
    speed = rate(halves.service, "applied", now=halves.now, span=halves.span) or 0
    return (
        (published_seconds(halves) or 0) > PATIENCE
        or waits > PATIENCE * max(speed, AT_LEAST)
        or (median_lag(halves) or 0) > PATIENCE
    )


def published_seconds(halves: Halves) -> float | None:
    """Since the relay last published."""
    moments = [process.last_event_at for process in halves.admin.processes] if halves.admin else []
    known = [at for at in moments if at]
    return seconds_since(max(known), halves.now) if known else None


def median_lag(halves: Halves) -> float | None:
    """Of the newest minute that has one."""
    lags = [minute.lag.median for minute in halves.service.minutes if minute.lag] if halves.service else []
    return lags[-1] if lags else None


def is_quiet(halves: Halves) -> bool:
    """Nothing is on its way, nor has been lately."""
    moments = [process.last_event_at for half in halves.known for process in half.processes]
    is_still = all((seconds_since(at, halves.now) or 0) > QUIET for at in moments if at)
    return is_still and waiting(halves) == 0


def difference(halves: Halves) -> int:
    """Of the counts of products; 0 where they cannot be compared."""
    counts = [half.products for half in halves.known if half.products is not None]
    return max(counts) - min(counts) if len(counts) == 2 else 0


def counts_level(halves: Halves) -> Level:
    """How bad the difference is: nothing is on its way that explains it, or it is more than what is on its way."""
    if not difference(halves):
        return Level.OK
    if is_quiet(halves):
        return Level.BAD
    return Level.WARN if difference(halves) > SPARE * _explained(halves) and not _has_begun(halves) else Level.OK


def _explained(halves: Halves) -> int:
    """How many products may be made or deleted on one side alone: each has an event, so it is no more than these."""
    since = _start(halves.now - LATELY, halves.span)
    lately = max(_done(half, name, since=since) for half in halves.known for name in ("published", "applied"))
    held = halves.admin.outbox.held if halves.admin and halves.admin.outbox else 0
    letters = halves.service.dead_letters.total if halves.service and halves.service.dead_letters else 0
    return waiting(halves) + held + letters + lately


def _has_begun(halves: Halves) -> bool:
    """A burst goes on that is not in the minutes yet."""
    working = [process for half in halves.known for process in half.running if process.state == "working"]
    return waiting(halves) > 0 and any((seconds_since(one.since, halves.now) or 0) < BEGUN for one in working)


def cut_off(half: Half | None) -> Process | None:
    """The one that has been so the longest, where every running process of this side is."""
    running = half.running if half else []
    if not running or any(process.state != "no_source" for process in running):
        return None
    return min(running, key=lambda process: (process.since is None, process.since))
