"""`jobs retry`, `cancel`, `empty`, `pause`, `resume`: each leaves its entry in the audit."""

import sys
from typing import Any

from console import audit
from console.arguments import USAGE, number
from console.screen import Screen
from console.words import clock, counted
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from processes import queries as processes
from processes import steering

from jobs import operations, queries
from jobs.errors import NotNow
from jobs.kinds import queues
from jobs.models import Job, State
from jobs.roles import WORKER

SOME_WERE_NOT = 1
DONE = {"retry": "is to be tried again", "cancel": "is cancelled"}
ENDS = "ends within a few seconds; what it has written stays"


def add_to(actions: Any) -> None:
    for name, text in (
        ("retry", "let jobs that failed or were cancelled be tried again"),
        ("cancel", "cancel jobs: one that waits at once, one that runs within seconds"),
    ):
        action = actions.add_parser(name, help=f"{text}. Exit code 1: some were not")
        action.add_argument("ids", nargs="*" if name == "retry" else "+", type=number, metavar="ID")
        if name == "retry":
            action.add_argument("--all", action="store_true", help="all that failed")
            action.add_argument("--queue", choices=queues(), default="", help="with --all: of this queue alone")
            action.add_argument("--dry-run", action="store_true", help="with --all: say how many, and do nothing")
    empty = actions.add_parser("empty", help="cancel all that wait in a queue; what runs goes on")
    empty.add_argument("queue", choices=queues())
    empty.add_argument("--dry-run", action="store_true", help="say how many, and do nothing")
    pause = actions.add_parser("pause", help="begin no job until `resume`; what runs goes on to its end")
    pause.add_argument("--reason", default="", metavar="TEXT", help="for whoever finds them paused")
    actions.add_parser("resume", help="let the workers go on")


def retry(screen: Screen, command: BaseCommand, options: dict[str, Any]) -> None:
    is_all, ids = options["all"], options["ids"]
    if is_all == bool(ids):
        raise CommandError("retry what? Name ids, or say --all, and not both.", returncode=USAGE)
    if ids and (options["queue"] or options["dry_run"]):
        raise CommandError("--queue and --dry-run go with --all.", returncode=USAGE)
    if ids:
        _each(screen, "retry", ids)
        return
    jobs = queries.recent(state=State.FAILED, queue=options["queue"])
    target = f"failed jobs of queue {options['queue']}" if options["queue"] else "all failed jobs"
    if options["dry_run"]:
        screen.line(f"retry: {jobs.count():,} would be tried again")
        return
    with audit.noted(audit.by_command, action="retry", target=target, is_long=True) as said:
        said.append(f"{operations.retry_all(jobs, by=audit.operator()):,} to be tried again")
    screen.line(f"retry: {said[0]}")


def cancel(screen: Screen, command: BaseCommand, options: dict[str, Any]) -> None:
    _each(screen, "cancel", options["ids"])


def _each(screen: Screen, action: str, ids: list[int]) -> None:
    """One after the other, each with its entry; those that cannot be are said, and keep none of the others back."""
    done = [_one(screen, action, job_id) for job_id in dict.fromkeys(ids)]
    if not all(done):
        sys.exit(SOME_WERE_NOT)


def _one(screen: Screen, action: str, job_id: int) -> bool:
    do = operations.retry if action == "retry" else operations.cancel
    try:
        with transaction.atomic():
            job = do(job_id, by=audit.operator())
            audit.by_command(action=action, target=f"job {job_id}", said=f"{job.kind}: {job.label}")
    except Job.DoesNotExist:
        screen.line(job_id, f"There is no job {job_id}.")
        return False
    except NotNow as error:
        screen.line(job_id, f"Nothing was done. {error}")
        return False
    screen.line(job_id, ENDS if job.state == State.RUNNING else DONE[action])
    return True


def empty(screen: Screen, command: BaseCommand, options: dict[str, Any]) -> None:
    queue = options["queue"]
    if options["dry_run"]:
        count = queries.recent(state=State.QUEUED, queue=queue).count()
        screen.line(f"empty: {count:,} would be cancelled")
        return
    with audit.noted(audit.by_command, action="empty", target=f"queue {queue}", is_long=True) as said:
        said.append(f"{operations.empty(queue, by=audit.operator()):,} cancelled")
    screen.line(f"empty: {said[0]}")


def pause(screen: Screen, command: BaseCommand, options: dict[str, Any]) -> None:
    with transaction.atomic():
        is_new = steering.pause(role=WORKER, by=audit.operator(), reason=options["reason"])
        if is_new:
            audit.by_command(action="pause", target=WORKER, said=options["reason"])
    found = processes.paused(WORKER) or {}
    if not is_new:
        why = f": {found['reason']}" if found.get("reason") else ""
        at = clock(found.get("at"), timezone.now())
        screen.line(f"The workers were paused already, by {found.get('by')} at {at}{why}")
        return
    going = Job.objects.filter(state=State.RUNNING).count()
    goes = counted(going, "job that runs goes on to its end", "jobs that run go on to their end")
    rest = f" {goes[0].upper()}{goes[1:]}." if going else ""
    screen.line(f"The workers begin no job any more.{rest} Go on: manage.py jobs resume")


def resume(screen: Screen, command: BaseCommand, options: dict[str, Any]) -> None:
    with transaction.atomic():
        was_paused = steering.resume(role=WORKER)
        if was_paused:
            audit.by_command(action="resume", target=WORKER)
    screen.line("The workers go on within a few seconds." if was_paused else "The workers were not paused.")


ACTIONS = {"retry": retry, "cancel": cancel, "empty": empty, "pause": pause, "resume": resume}
