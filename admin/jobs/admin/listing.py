"""The jobs as their page lists them: newest first, by the id, with what else it tells of the last day."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import median
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import Count, F, QuerySet
from django.utils import timezone

from jobs import queries
from jobs.admin.telling import Told, told
from jobs.kinds import queues
from jobs.models import Job, State

SHOWN = 50
MEASURED = 1000  # jobs at most, of which the median is
DAY = timedelta(hours=24)
STRIP = "jobs-strip"
COUNT_SECONDS = 2  # a count reads the whole table, and several people may look at it
BARS = ((State.QUEUED, "waiting"), (State.RUNNING, "running"), (State.FAILED, "failed"))


@dataclass(frozen=True, slots=True)
class Filter:
    state: str = ""
    queue: str = ""
    schedule: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> "Filter":
        """What makes no sense asks for nothing."""
        state, queue, schedule = (str(asked.get(name, "")) for name in ("state", "queue", "schedule"))
        return cls(
            state if state in State.values else "",
            queue if queue in queues() else "",
            schedule.replace("\0", "").strip()[:200],
        )

    @property
    def jobs(self) -> QuerySet[Job]:
        wanted = {"state": self.state, "queue": self.queue, "schedule": self.schedule}
        return Job.objects.filter(**{name: value for name, value in wanted.items() if value}).order_by("-id")

    @property
    def retriable(self) -> "Filter":
        """Of them, those that failed; the cancelled ones only where they alone are asked for."""
        return replace(self, state=self.state if self.state == State.CANCELLED else State.FAILED.value)

    @property
    def query(self) -> str:
        return urlencode({"state": self.state, "queue": self.queue, "schedule": self.schedule})

    def __bool__(self) -> bool:
        return bool(self.state or self.queue or self.schedule)

    def __str__(self) -> str:
        said = f"all {self.state} jobs" if self.state else "all jobs"
        said += f" of queue {self.queue}" if self.queue else ""
        return f"{said} of schedule {self.schedule}" if self.schedule else said


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Told]
    before: int  # of the next page: jobs with lower ids; 0: this is the last one


def page(wanted: Filter, *, before: int) -> Page:
    """`before`: 0 for the newest."""
    jobs = wanted.jobs.filter(id__lt=before) if before else wanted.jobs
    found = list(jobs.defer("error", "spec")[: SHOWN + 1])
    return Page([told(job) for job in found[:SHOWN]], found[SHOWN - 1].pk if len(found) > SHOWN else 0)


@dataclass(frozen=True, slots=True)
class Bar:
    state: str
    word: str
    count: int
    percent: int  # of the largest count of all queues; what is there at all is seen


def strip() -> dict[str, Any]:
    """The queues as bars, and the last day in numbers."""
    seen: dict[str, Any] | None = cache.get_or_set(STRIP, _strip, COUNT_SECONDS)
    return seen or {}


def count_anew() -> None:
    """For who has just changed something, and wants to see it."""
    cache.delete(STRIP)


def _strip() -> dict[str, Any]:
    counts = queries.counts()
    longest = max((counts[queue, state] for queue in queues() for state, _ in BARS), default=0) or 1
    bars = {
        queue: [
            Bar(state, word, counts[queue, state], -(-100 * counts[queue, state] // longest)) for state, word in BARS
        ]
        for queue in queues()
    }
    going = sum(counts[queue, state] for queue in queues() for state in (State.QUEUED, State.RUNNING))
    return {"bars": bars, "is_going": going > 0, "day": _day()}


def _day() -> dict[str, Any]:
    """What ended in the last 24 hours, by the index on finished_at."""
    ended = Job.objects.filter(finished_at__gt=timezone.now() - DAY).order_by()
    counts = dict(ended.values_list("state").annotate(Count("pk")))
    took = ended.filter(state=State.SUCCEEDED, started_at__lte=F("finished_at")).order_by("-finished_at")
    spans: list[Any] = list(took.values_list(F("finished_at") - F("started_at"), flat=True)[:MEASURED])
    return {
        "succeeded": counts.get(State.SUCCEEDED, 0),
        "failed": counts.get(State.FAILED, 0),
        "cancelled": counts.get(State.CANCELLED, 0),
        "seconds": median(span.total_seconds() for span in spans) if spans else None,
    }
