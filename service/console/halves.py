"""The truth about the two copies: this side's half and the other one's, put together."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from config import sync
from django.conf import settings
from django.utils import timezone

from console import other_side
from console.levels import Level
from console.other_side import Away
from console.reading import link
from console.reading import read as understand
from console.words import duration, moment

CLOCKS = timedelta(seconds=5)  # by which two clocks may differ before anything is made of it
DRIFTING = "drift"  # the verdict of a drift check that found some


@dataclass(frozen=True, slots=True)
class Process:
    role: str
    host: str
    pid: int
    version: str
    state: str
    said: str
    is_fresh: bool
    since: datetime | None
    beat_at: datetime | None
    started_at: datetime | None
    last_event_at: datetime | None

    @property
    def word(self) -> str:
        """Its state as people say it."""
        if not self.is_fresh:
            return "stopped" if self.state == "stopped" else "silent"
        return "cut off" if self.state == "no_source" else self.state.replace("_", " ") or "unknown"

    @property
    def level(self) -> Level:
        if not self.is_fresh or self.state in ("no_source", "paused"):
            return Level.BAD
        return Level.OK if self.state in ("working", "idle", "standing_by") else Level.UNKNOWN


@dataclass(frozen=True, slots=True)
class Paused:
    at: datetime | None
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Lag:
    median: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Minute:
    at: datetime | None
    counts: dict[str, int]
    lag: Lag | None


@dataclass(frozen=True, slots=True)
class Outbox:
    waiting: int
    unroutable: int
    nacked: int
    refused: int
    held: int
    oldest_at: datetime | None
    held_since: datetime | None

    @property
    def came_back(self) -> dict[str, int]:
        """Of those that wait, how many the broker would not have, by the reason."""
        found = {"unroutable": self.unroutable, "nacked": self.nacked, "refused": self.refused}
        return {reason: number for reason, number in found.items() if number}


@dataclass(frozen=True, slots=True)
class Broker:
    is_reachable: bool
    where: str
    error: str
    ready: int | None  # None: there is no queue
    consumers: int | None
    dead: int | None


@dataclass(frozen=True, slots=True)
class DeadLetters:
    total: int
    by_reason: dict[str, int]
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Drift:
    verdict: str
    is_running: bool
    by: str
    counts: dict[str, int]
    compared: int
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def products(self) -> int:
        return sum(self.counts.values()) if self.verdict == DRIFTING else 0


@dataclass(frozen=True, slots=True)
class Half:
    """One side. `outbox` is admin's; `broker`, `dead_letters` and `drift` are service's."""

    side: str
    version: str
    mode: str
    console: str
    products: int | None
    processes: list[Process]
    paused: Paused | None
    minutes: list[Minute]
    outbox: Outbox | None
    broker: Broker | None
    dead_letters: DeadLetters | None
    drift: Drift | None

    @property
    def role(self) -> str:
        return "relay" if self.side == "admin" else "consumer"

    @property
    def running(self) -> list[Process]:
        return [process for process in self.processes if process.is_fresh]

    @property
    def url(self) -> str:
        """Of its pages, where it names them."""
        return link(self.console)


@dataclass(frozen=True, slots=True)
class Halves:
    """`own` is the side that looks. Where the other one is missing, `away` says why, and what to do."""

    own: str
    now: datetime
    mine: Half
    theirs: Half | None
    away: str = ""
    clock_ahead: timedelta = timedelta()  # the other side's, before this one's, where that is more than a trifle
    span: int = 15

    @property
    def other(self) -> str:
        return "service" if self.own == "admin" else "admin"

    @property
    def admin(self) -> Half | None:
        return self.mine if self.own == "admin" else self.theirs

    @property
    def service(self) -> Half | None:
        return self.theirs if self.own == "admin" else self.mine

    @property
    def known(self) -> list[Half]:
        """Admin's first."""
        return [half for half in (self.admin, self.service) if half]

    @property
    def processes(self) -> list[Process]:
        return [process for half in self.known for process in half.processes]

    @property
    def clock_words(self) -> str:
        seconds = self.clock_ahead.total_seconds()
        return f"{duration(abs(seconds))} {'ahead' if seconds > 0 else 'behind'}"

    @property
    def is_embedded(self) -> bool:
        return self.mine.mode == "embedded"


def read(*, span: int = 15) -> Halves:
    """Both halves now, with what was done in the last `span` minutes. Raises django.db.Error for this side's alone."""
    mine = sync.half(span=span)
    other: Any
    try:
        other = other_side.ask(f"/api/sync?minutes={span}")
    except Away as error:
        other = error
    return join(own=sync.SIDE, mine=mine, other=other, now=timezone.now(), span=span)


def join(*, own: str, mine: Any, other: Any, now: datetime, span: int = 15) -> Halves:
    """`other` is what the other side answered, or Away. Its moments are told by this side's clock."""
    found = Halves(own, now, understand(Half, mine), None, span=span)
    if isinstance(other, Away):
        return replace(found, away=str(other))
    if not isinstance(other, dict) or other.get("side") != found.other:
        variables = settings.OTHER_SIDE["variables"]
        return replace(found, away=f"what answers in the place of {found.other} is something else; look at {variables}")
    at = moment(other.get("at")) or now
    ahead = at - now if abs(at - now) > CLOCKS else timedelta()
    return replace(found, clock_ahead=ahead, theirs=understand(Half, other, shift=-ahead))
