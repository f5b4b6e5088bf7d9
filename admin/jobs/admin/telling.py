"""A job in words and numbers, as the pages show it."""

from dataclasses import dataclass
from typing import Any

from console.words import counted
from django.conf import settings
from django.utils import timezone

from jobs.claims import MOST_CRASHES
from jobs.models import Job, State
from jobs.operations import OVER

LEVELS = {
    State.QUEUED: "unknown",
    State.RUNNING: "going",
    State.SUCCEEDED: "ok",
    State.FAILED: "bad",
    State.CANCELLED: "unknown",
}
# A kind tells these in this order, also where they are zero; another kind's counts are told as they come.
COUNTS = {"import": ("created", "updated", "unchanged", "rejected")}
BAD = ("rejected", "failed")


@dataclass(frozen=True, slots=True)
class Number:
    word: str
    count: int

    @property
    def is_bad(self) -> bool:
        return self.count > 0 and self.word in BAD


@dataclass(frozen=True, slots=True)
class Told:
    job: Job
    level: str
    numbers: list[Number]
    seconds: float | None  # that the attempt took, or takes so far
    percent: int | None  # None: how much there is to do is not known, or nothing goes on

    @property
    def is_over(self) -> bool:
        return self.job.state in OVER

    @property
    def counts(self) -> str:
        """Those that are there at all: 3 created, 1 rejected."""
        return ", ".join(f"{number.count:,} {number.word}" for number in self.numbers if number.count)

    @property
    def attempts(self) -> str:
        """Which attempt it is, where it is not the first one, and how near the end of its patience."""
        job, parts = self.job, []
        if job.tries:
            parts.append(f"{job.tries} of {counted(settings.JOBS.tries, 'try', 'tries')} failed")
        if job.crashes:
            parts.append(f"its worker fell silent {counted(job.crashes, 'time')} of {MOST_CRASHES}")
        return ", ".join(parts)


def told(job: Job) -> Told:
    return Told(job, _level(job), _numbers(job), _seconds(job), _percent(job))


def facts(spec: dict[str, Any]) -> list[tuple[str, str]]:
    """What the kind wants to know, without what was left open."""
    return [(name.replace("_", " "), str(value)) for name, value in spec.items() if value not in (None, "")]


def _level(job: Job) -> str:
    if job.state == State.QUEUED and (job.tries or job.crashes):
        return "warn"
    return LEVELS.get(State(job.state), "unknown")


def _numbers(job: Job) -> list[Number]:
    names = [*COUNTS.get(job.kind, ())]
    names += [name for name in job.counts if name not in names]
    return [Number(name, job.counts.get(name, 0)) for name in names]


def _seconds(job: Job) -> float | None:
    end = job.finished_at or (timezone.now() if job.state == State.RUNNING else None)
    return max(0.0, (end - job.started_at).total_seconds()) if job.started_at and end else None


def _percent(job: Job) -> int | None:
    if job.state != State.RUNNING or not job.total:
        return None
    return min(100, 100 * job.done // job.total)
