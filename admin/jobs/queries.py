from collections import Counter
from typing import Any

import msgspec
from django.db.models import Count, Max, Min, QuerySet
from django.utils import timezone
from processes import queries as processes

from jobs.kinds import queues
from jobs.models import Job, State
from jobs.roles import BEAT, WORKER


class Queue(msgspec.Struct, frozen=True):
    name: str
    queued: int
    running: int
    failed: int


class Info(msgspec.Struct, frozen=True):
    queues: list[Queue]
    workers: list[dict[str, Any]]  # as processes.queries.running gives them: the last one where none lives
    beat: list[dict[str, Any]]
    paused: dict[str, Any] | None  # at, by, reason: of all queues, nothing is begun then

    @property
    def living(self) -> int:
        return sum(worker["is_fresh"] for worker in self.workers)

    @property
    def queued(self) -> int:
        return sum(queue.queued for queue in self.queues)


def info() -> Info:
    found = counts()
    names = sorted({queue for queue, _ in found})
    return Info(
        queues=[
            Queue(
                name=name,
                queued=found[name, State.QUEUED],
                running=found[name, State.RUNNING],
                failed=found[name, State.FAILED],
            )
            for name in names
        ],
        workers=processes.running(WORKER),
        beat=processes.running(BEAT),
        paused=processes.paused(WORKER),
    )


def counts() -> Counter[tuple[str, str]]:
    """How many jobs there are, by queue and state; each pair is there."""
    found: Counter[tuple[str, str]] = Counter({(queue, state): 0 for queue in queues() for state in State.values})
    for queue, state, count in Job.objects.order_by().values_list("queue", "state").annotate(Count("pk")):
        found[queue, state] = count
    return found


def waits() -> dict[str, float]:
    """By queue, for how many seconds its oldest job could have been begun; 0: none waits."""
    now = timezone.now()
    due = Job.objects.filter(state=State.QUEUED, run_at__lte=now).order_by().values_list("queue")
    return dict.fromkeys(queues(), 0.0) | {
        queue: (now - oldest).total_seconds() for queue, oldest in due.annotate(Min("run_at"))
    }


def living(role: str) -> int:
    return sum(process["is_fresh"] for process in processes.running(role))


def recent(*, state: str = "", queue: str = "", schedule: str = "", kind: str = "") -> QuerySet[Job]:
    """The newest first, without their tracebacks, which may be long. What is empty is not asked for."""
    asked = {"state": state, "queue": queue, "schedule": schedule, "kind": kind}
    wanted = {name: value for name, value in asked.items() if value}
    return Job.objects.filter(**wanted).defer("error").order_by("-id")


def last_of_schedules() -> dict[str, Job]:
    """The newest job of each schedule that has one."""
    newest = Job.objects.exclude(schedule="").order_by().values("schedule").annotate(newest=Max("pk")).values("newest")
    return {job.schedule: job for job in Job.objects.filter(pk__in=newest).defer("error")}
