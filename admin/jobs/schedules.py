"""Schedules, as rows of django-celery-beat: beat sees a change within a second, and adds the jobs (scheduler.py)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from celery.schedules import ParseException, crontab
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from jobs import operations, queries
from jobs.errors import NotNow
from jobs.models import Job
from jobs.scheduler import TASK, WAITING

LONGEST_NAME = 200
LONGEST_PART = 60  # of a cron expression, as the rows have room for
MOST_SECONDS = 366 * 86_400
PARTS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


class Schedule(msgspec.Struct, frozen=True):
    name: str
    kind: str
    label: str
    spec: dict[str, Any]
    when: str  # in words
    is_enabled: bool
    last_run_at: datetime | None
    next_run_at: datetime | None  # None: it is disabled
    last_job: Job | None


def plan(
    *,
    name: str,
    kind: str,
    label: str,
    spec: Mapping[str, Any],
    every: int | None = None,
    cron: str = "",
    is_enabled: bool = True,
) -> None:
    """A new schedule, or another one in the place of what has this name: every so many seconds, or by cron in UTC.

    Raises ValueError, whose text says what is wrong.
    """
    if problem := name_problem(name) or _kind_problem(kind) or _timing_problem(every, cron):
        raise ValueError(problem)
    kwargs = {"kind": kind, "label": label[:500], "spec": dict(spec)}
    with transaction.atomic():
        old = PeriodicTask.objects.select_for_update().filter(name=name).first()
        timing = _timing(every, cron)
        changes = {
            "task": TASK,
            "kwargs": json.dumps(kwargs, cls=DjangoJSONEncoder),
            "enabled": is_enabled,
            "last_run_at": None,  # the new time counts from now on
        }
        PeriodicTask.objects.update_or_create(name=name, defaults=timing | changes)
        _forget_timing(old)


def drop(name: str) -> bool:
    """Whether there was one. Its jobs stay."""
    with transaction.atomic():
        found = PeriodicTask.objects.select_for_update().filter(name=name, task=TASK).first()
        if found is None:
            return False
        found.delete()
        _forget_timing(found)
    return True


def is_taken(name: str) -> bool:
    return bool(PeriodicTask.objects.filter(name=name).exists())


def switch(name: str, *, is_enabled: bool) -> bool:
    """Whether there is one, which is on or off then."""
    with transaction.atomic():
        found = PeriodicTask.objects.select_for_update().filter(name=name, task=TASK).first()
        if found is not None and found.enabled != is_enabled:
            found.enabled, found.last_run_at = is_enabled, None  # its time counts from now on
            found.save()  # which tells beat
    return found is not None


def run_now(name: str, *, by: str) -> Job | None:
    """Its job, out of turn; None where there is no such schedule. Raises NotNow while its last one goes on."""
    with transaction.atomic():
        task = PeriodicTask.objects.select_for_update().filter(name=name, task=TASK).first()
        if task is None:
            return None
        if going := Job.objects.filter(schedule=name, state__in=WAITING).first():
            raise NotNow(f"Its last job, {going.pk}, is {going.state}: wait for its end, or cancel it.")
        asked = _told(task, None)
        if problem := _kind_problem(asked.kind):
            raise NotNow(problem)
        return operations.add(kind=asked.kind, label=asked.label, spec=asked.spec, by=by, schedule=name)


def all_schedules() -> list[Schedule]:
    """By name; two statements however many there are."""
    tasks = PeriodicTask.objects.filter(task=TASK).select_related("interval", "crontab").order_by("name")
    last = queries.last_of_schedules()
    return [_told(task, last.get(task.name)) for task in tasks]


def switched_on() -> int:
    return int(PeriodicTask.objects.filter(task=TASK, enabled=True).count())


def name_problem(name: str) -> str:
    """In words; empty where a schedule may be called so."""
    if name and len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip():
        return ""
    return f"A schedule's name has 1 to {LONGEST_NAME} characters that can be seen, and no space around them."


def cron_problem(cron: str) -> str:
    """In words; empty where it can be followed."""
    parts = cron.split()
    if len(parts) != len(PARTS) or max(map(len, parts)) > LONGEST_PART or not cron.isascii():
        return (
            'A cron expression has five parts: minute, hour, day of month, month, day of week. "0 3 * * *" is daily at '
            "three, in UTC."
        )
    try:
        crontab(**dict(zip(PARTS, parts, strict=True))).remaining_estimate(timezone.now())
    except (ParseException, ValueError, RuntimeError) as error:
        return f'"{cron}" is no cron expression that can be followed: {str(error).rstrip(".")}. Sunday is 0.'
    return ""


def _kind_problem(kind: str) -> str:
    if kind in settings.JOB_KINDS:
        return ""
    return f'There is no kind of job "{kind}": there are {", ".join(sorted(settings.JOB_KINDS))}.'


def _timing_problem(every: int | None, cron: str) -> str:
    if (every is None) == (not cron):
        return "When? Say every how many seconds, or a cron expression, and not both."
    if cron:
        return cron_problem(cron)
    if every is not None and 1 <= every <= MOST_SECONDS:
        return ""
    return f"A schedule comes every 1 to {MOST_SECONDS:,} seconds."


def _timing(every: int | None, cron: str) -> dict[str, Any]:
    """A row of its own for each schedule: nobody else's changes with it."""
    if cron:
        parts = dict(zip(PARTS, cron.split(), strict=True))
        return {"interval": None, "crontab": CrontabSchedule.objects.create(**parts, timezone=UTC)}
    interval = IntervalSchedule.objects.create(every=every, period=IntervalSchedule.SECONDS)
    return {"interval": interval, "crontab": None}


def _forget_timing(task: Any) -> None:
    """What its time was, unless another one has the same row, as those from elsewhere may."""
    if task is not None:
        IntervalSchedule.objects.filter(pk=task.interval_id, periodictask=None).delete()
        CrontabSchedule.objects.filter(pk=task.crontab_id, periodictask=None).delete()


def _told(task: Any, last_job: Job | None) -> Schedule:
    kwargs = _read(task.kwargs)
    runs = [at for at in (task.last_run_at, last_job and last_job.created_at) if at]
    last_run_at = max(runs, default=None)  # beat writes its own only now and then
    return Schedule(
        name=task.name,
        kind=str(kwargs.get("kind", "")),
        label=str(kwargs.get("label", "")),
        spec=_read(kwargs.get("spec")),
        when=_when(task),
        is_enabled=task.enabled,
        last_run_at=last_run_at,
        next_run_at=_next(task, last_run_at) if task.enabled else None,
        last_job=last_job,
    )


def _read(value: object) -> dict[str, Any]:
    """Whatever people wrote into the row by other ways."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def _when(task: Any) -> str:
    if task.crontab:
        return f"{' '.join(getattr(task.crontab, part) for part in PARTS)} ({task.crontab.timezone})"
    if task.interval is None or task.interval.period != IntervalSchedule.SECONDS:
        return str(task.scheduler)
    size, unit = next((size, unit) for size, unit in UNITS if task.interval.every % size == 0)
    count = task.interval.every // size
    return f"every {unit}" if count == 1 else f"every {count} {unit}s"


def _next(task: Any, last_run_at: datetime | None) -> datetime | None:
    """To the second; now, where beat is late."""
    now = timezone.now()
    try:
        left = task.schedule.remaining_estimate(last_run_at or task.date_changed)
    except (AttributeError, ValueError, RuntimeError):  # whatever people wrote into the row by other ways
        return None
    # Between the two clocks that are read some microseconds go by: those before a whole second belong to it.
    due: datetime = (now + left + timedelta(milliseconds=500)).replace(microsecond=0)
    return max(now, due)
