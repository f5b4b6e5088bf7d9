"""`jobs list`, `show`, `failed`, `runs`: what became of jobs."""

import argparse
from collections.abc import Callable, Iterable
from typing import Any

from config.printable import printable, printable_lines
from console.arguments import dumped, number, short
from console.screen import Screen
from console.words import exactly, lag
from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from jobs import queries
from jobs.admin.telling import told
from jobs.kinds import queues
from jobs.models import Job, State
from jobs.schedules import name_problem

MOST = 10_000  # lines
FACTS = (
    "id", "kind", "queue", "label", "state", "by", "schedule", "created_at", "run_at", "started_at", "finished_at",
    "worker", "tries", "crashes", "is_cancel_asked", "done", "total", "counts", "said",
)  # fmt: skip
COLUMNS: dict[str, dict[str, Callable[[Job], object]]] = {
    "list": {
        "id": lambda job: job.pk,
        "kind": lambda job: job.kind,
        "what": lambda job: short(job.label),
        "state": lambda job: job.state,
        "by": lambda job: job.by,
        "asked for at": lambda job: exactly(job.created_at),
        "took": lambda job: _took(job),
        "said": lambda job: short(job.said),
    },
    "failed": {
        "id": lambda job: job.pk,
        "kind": lambda job: job.kind,
        "what": lambda job: short(job.label),
        "failed at": lambda job: exactly(job.finished_at),
        "attempts": lambda job: job.token,
        "why": lambda job: short(job.said),
    },
    "runs": {
        "id": lambda job: job.pk,
        "schedule": lambda job: job.schedule,
        "due at": lambda job: exactly(job.created_at),
        "took": lambda job: _took(job),
        "state": lambda job: job.state,
        "counts": lambda job: told(job).counts,
        "said": lambda job: short(job.said),
    },
}


def add_to(actions: Any) -> None:
    for name, text in (
        ("list", "one line each, the newest first"),
        ("failed", "those that failed, and why"),
        ("runs", "what became of the jobs that schedules asked for"),
    ):
        action = actions.add_parser(name, help=text)
        if name == "runs":
            action.add_argument("schedule", nargs="?", type=schedule, help="of this schedule alone")
        else:
            action.add_argument("--queue", choices=queues(), default="")
        if name == "list":
            action.add_argument("--state", choices=State.values, default="")
            action.add_argument("--schedule", type=schedule, metavar="NAME")
        action.add_argument("--limit", type=limit, default=50, metavar="N", help="at most so many (default 50)")
        action.add_argument("--json", action="store_true", help="as JSON")
    show = actions.add_parser("show", help="all of one: facts, log lines, traceback")
    show.add_argument("id", type=number)
    show.add_argument("--json", action="store_true", help="as JSON")


def schedule(text: str) -> str:
    if problem := name_problem(text):
        raise argparse.ArgumentTypeError(problem)
    return text


def limit(text: str) -> int:
    if not 1 <= number(text) <= MOST:
        raise argparse.ArgumentTypeError(f"{printable(text)} is not from 1 to {MOST:,}")
    return int(text)


def _found(action: str, options: dict[str, Any]) -> QuerySet[Job]:
    state = State.FAILED if action == "failed" else options.get("state", "")
    found = queries.recent(state=state, queue=options.get("queue", ""), schedule=options.get("schedule") or "")
    return found.exclude(schedule="") if action == "runs" else found


def _list(screen: Screen, command: BaseCommand, options: dict[str, Any], *, action: str) -> None:
    jobs = list(_found(action, options)[: options["limit"]])
    if options["json"]:
        command.stdout.write(dumped([facts(job) for job in jobs]))
    elif jobs:
        columns = COLUMNS[action]
        screen.table(tuple(columns), [[tell(job) for tell in columns.values()] for job in jobs])
    else:
        command.stderr.write("no such jobs")


def show(screen: Screen, command: BaseCommand, options: dict[str, Any]) -> None:
    job = Job.objects.filter(pk=options["id"]).first()
    if job is None:
        raise CommandError(f"There is no job {options['id']}: those that ended are kept for 30 days.")
    lines = list(job.lines.order_by("id").values("at", "attempt", "level", "text"))
    if options["json"]:
        command.stdout.write(dumped(facts(job) | {"spec": job.spec, "lines": lines, "error": job.error}))
        return
    screen.table(("job", ""), list(_rows(facts(job) | {"spec": job.spec, "took": _took(job)})))
    if lines:
        rows = [(exactly(line["at"]), line["attempt"], line["level"], line["text"]) for line in lines]
        screen.table(("at", "attempt", "level", "line"), rows)
    if job.error:
        command.stdout.write(printable_lines(job.error.encode()))


def facts(job: Job) -> dict[str, Any]:
    return {name: getattr(job, name) for name in FACTS} | {"attempt": job.token}


def _rows(found: dict[str, Any]) -> Iterable[tuple[str, object]]:
    for name, value in found.items():
        if name.endswith("_at"):
            value = exactly(value)
        yield name, dumped(value) if isinstance(value, dict) else "" if value is None else value


def _took(job: Job) -> str:
    """The last attempt, to its end or until now."""
    seconds = told(job).seconds
    return "" if seconds is None else lag(seconds)


def _bound(action: str) -> Callable[..., None]:
    return lambda screen, command, options: _list(screen, command, options, action=action)


ACTIONS = {"show": show} | {action: _bound(action) for action in COLUMNS}
