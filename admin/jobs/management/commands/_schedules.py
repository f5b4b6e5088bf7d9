"""`jobs schedules`, `schedule`, `unschedule`: what beat makes jobs of."""

import argparse
from typing import Any

import msgspec
from config.printable import printable
from console import audit
from console.arguments import USAGE, dumped, number, short
from console.screen import Screen
from console.words import exactly
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from imports.asking import url_problem
from imports.operations import KIND as IMPORT

from jobs import schedules
from jobs.management.commands._lists import facts
from jobs.management.commands._lists import schedule as name
from jobs.schedules import Schedule

COLUMNS = ("name", "kind", "what", "when", "is on", "last run", "next run", "last job", "became", "said")
DRIFT_CHECK: dict[str, Any] = {"kind": "drift check", "label": "all products", "spec": {}}


def add_to(actions: Any) -> None:
    listed = actions.add_parser("schedules", help="one line each, with what became of the last job")
    listed.add_argument("--json", action="store_true", help="as JSON")
    plan = actions.add_parser("schedule", help="plan one, or another one in the place of what has this name")
    plan.add_argument("name", type=name)
    what = plan.add_mutually_exclusive_group(required=True)
    what.add_argument("--import", dest="url", type=url, metavar="URL", help="import from there")
    what.add_argument("--drift-check", action="store_true", help="have service compare its copy with all products")
    when = plan.add_mutually_exclusive_group(required=True)
    when.add_argument("--every", type=number, metavar="SECONDS")
    when.add_argument("--cron", default="", metavar='"M H D M W"', help='in UTC: "0 3 * * *" is daily at three')
    plan.add_argument("--disabled", action="store_true", help="planned, and not followed yet")
    drop = actions.add_parser("unschedule", help="forget one; its jobs stay. Exit code 1: there is none")
    drop.add_argument("name", type=name)


def url(text: str) -> str:
    if problem := url_problem(text):
        raise argparse.ArgumentTypeError(problem)
    return text


def show(screen: Screen, command: BaseCommand, options: dict[str, Any]) -> None:
    found = schedules.all_schedules()
    if options["json"]:
        command.stdout.write(dumped([_in_json(schedule) for schedule in found]))
    elif found:
        screen.table(COLUMNS, [_cells(schedule) for schedule in found])
    else:
        command.stderr.write("no schedules")


def plan(screen: Screen, command: BaseCommand, options: dict[str, Any]) -> None:
    what = DRIFT_CHECK
    if options["url"]:
        spec = {"url": options["url"], "depth": None, "max_pages": settings.IMPORTS.max_pages}
        what = {"kind": IMPORT, "label": options["url"], "spec": spec}
    when = {"every": options["every"], "cron": options["cron"]}
    said = f"{what['kind']} {what['label']}, {options['cron'] or 'every ' + str(options['every']) + ' s'}"
    try:
        with transaction.atomic():
            schedules.plan(name=options["name"], **what, **when, is_enabled=not options["disabled"])
            audit.by_command(action="plan", target=f"schedule {options['name']}", said=said)
    except ValueError as error:
        raise CommandError(printable(str(error)), returncode=USAGE) from error
    screen.line(f"Planned: {options['name']}{', not switched on' if options['disabled'] else ''}.")


def drop(screen: Screen, command: BaseCommand, options: dict[str, Any]) -> None:
    with transaction.atomic():
        is_done = schedules.drop(options["name"])
        if is_done:
            audit.by_command(action="drop", target=f"schedule {options['name']}")
    if not is_done:
        raise CommandError(f"There is no schedule {printable(options['name'])}: manage.py jobs schedules lists them.")
    screen.line(f"Dropped: {options['name']}. Its jobs stay.")


def _in_json(schedule: Schedule) -> dict[str, Any]:
    job = schedule.last_job
    return msgspec.structs.asdict(schedule) | {"last_job": facts(job) if job else None}


def _cells(schedule: Schedule) -> list[object]:
    job = schedule.last_job
    became = [job.pk, job.state, short(job.said)] if job else ["", "", ""]
    times = [exactly(schedule.last_run_at), exactly(schedule.next_run_at)]
    is_on = "yes" if schedule.is_enabled else "no"
    return [schedule.name, schedule.kind, short(schedule.label), schedule.when, is_on, *times, *became]


ACTIONS = {"schedules": show, "schedule": plan, "unschedule": drop}
