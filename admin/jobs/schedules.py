"""What comes due by itself: rows of django-celery-beat, whose task makes a job of them (scheduler.py)."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from celery.schedules import ParseException, crontab_parser
from django.db import transaction
from django.db.models import Max
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from jobs import operations
from jobs.errors import NotNow
from jobs.models import Job
from jobs.scheduler import TASK, WAITING


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: str
    label: str
    when: str
    is_enabled: bool
    last_run_at: datetime | None
    next_run_at: datetime | None
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
    """Raises NotNow, ValueError."""
    when: dict[str, Any]
    if every is not None:
        when = {"interval": IntervalSchedule.objects.get_or_create(every=every, period="seconds")[0]}
    else:
        fields = cron.split()
        if len(fields) != 5:
            raise ValueError("A cron line has five fields.")
        try:
            for field, (most, least) in zip(fields, ((60, 0), (24, 0), (31, 1), (12, 1), (7, 0)), strict=True):
                crontab_parser(most, least).parse(field)
        except (ParseException, ValueError) as error:
            raise ValueError(f"The cron line is wrong: {error}") from error
        names = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
        when = {"crontab": CrontabSchedule.objects.get_or_create(**dict(zip(names, fields, strict=True)))[0]}
    with transaction.atomic():
        if PeriodicTask.objects.filter(name=name).exists():
            raise NotNow(f"There is a schedule {name} already: drop it first, or take another name.")
        kwargs = json.dumps({"kind": kind, "label": label, "spec": dict(spec)})
        PeriodicTask.objects.create(name=name, task=TASK, kwargs=kwargs, enabled=is_enabled, **when)


def drop(name: str) -> bool:
    return bool(PeriodicTask.objects.filter(name=name, task=TASK).delete()[0])


def all_schedules() -> list[Schedule]:
    tasks = list(PeriodicTask.objects.filter(task=TASK).select_related("interval", "crontab").order_by("name"))
    newest = Job.objects.filter(schedule__in=[task.name for task in tasks]).order_by().values("schedule")
    ids = [row["id"] for row in newest.annotate(id=Max("pk"))]
    last = {job.schedule: job for job in Job.objects.filter(pk__in=ids)}
    return [_schedule(task, last.get(task.name)) for task in tasks]


def _schedule(task: PeriodicTask, last: Job | None) -> Schedule:
    asked = json.loads(task.kwargs)
    when = f"every {task.interval.every} s" if task.interval else str(task.crontab)
    return Schedule(
        name=task.name,
        kind=asked["kind"],
        label=asked["label"],
        when=when,
        is_enabled=task.enabled,
        last_run_at=task.last_run_at,
        next_run_at=None,
        last_job=last,
    )


def switch(name: str, *, is_enabled: bool) -> bool:
    """Whether there is such a schedule."""
    with transaction.atomic():
        task = PeriodicTask.objects.select_for_update().filter(name=name, task=TASK).first()
        if task:
            task.enabled = is_enabled
            task.save()  # which lets beat see it
    return task is not None


def run_now(name: str, *, by: str) -> Job | None:
    """Its job, out of turn; None where there is no such schedule. Raises NotNow while its last one goes on."""
    with transaction.atomic():
        task = PeriodicTask.objects.select_for_update().filter(name=name, task=TASK).first()
        if task is None:
            return None
        if going := Job.objects.filter(schedule=name, state__in=WAITING).first():
            raise NotNow(f"Its last job, {going.pk}, is {going.state}: wait for its end, or cancel it.")
        return operations.add(**json.loads(task.kwargs), by=by, schedule=name)
