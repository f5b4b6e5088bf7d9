import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config.databases import explain
from config.printable import printable
from console import audit
from console.arguments import USAGE, number
from console.screen import Screen
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, close_old_connections, transaction
from jobs import queries
from jobs.models import Job, State
from jobs.operations import OVER

from imports import asking, operations

FAILED = 1
INTERRUPTED = 130
LOOK_SECONDS = 0.5
TYPES = {".csv": "text/csv", ".json": "application/json"}


class Command(BaseCommand):
    help = (
        "Has a worker import products from a URL or a file. "
        "Exit code 0: it is asked for, with --follow: it succeeded; 1: it did not; 2: wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", metavar="URL_OR_FILE")
        parser.add_argument(
            "--depth", type=bounded(0, asking.MAX_DEPTH), metavar="N", help="how many links of a URL are followed"
        )
        most = settings.IMPORTS.max_pages
        parser.add_argument("--max-pages", type=bounded(1, most), metavar="N", help="the most pages that are read")
        parser.add_argument("--follow", action="store_true", help="say how far it is until it ends")

    def handle(self, *args: Any, source: str, follow: bool, **options: Any) -> None:
        screen = Screen(self.stdout)
        try:
            with transaction.atomic():
                job = _begun(source, depth=options["depth"], max_pages=options["max_pages"])
                audit.by_command(action="import", target=f"job {job.pk}", said=job.label)
            screen.line(f"Job {job.pk} is queued.")
            if not queries.info().living:
                self.stderr.write("No worker lives: it waits for one. Start one with celery -A config worker.")
            if follow and self._follow(screen, job) != State.SUCCEEDED:
                sys.exit(FAILED)
        except Error as error:
            raise CommandError(explain(error)) from error

    def _follow(self, screen: Screen, job: Job) -> str:
        """Each line of its log, and how far it is, as they come; its last state."""
        seen, before = 0, ""
        try:
            while job.state not in OVER:
                close_old_connections()
                time.sleep(LOOK_SECONDS)
                job.refresh_from_db()
                for line in job.lines.filter(pk__gt=seen).order_by("pk"):
                    seen = line.pk
                    screen.line(line.level, line.text)
                if job.state == State.RUNNING and (said := _progress(job)) != before:
                    screen.line("at", said)
                    before = said
                self.stdout.flush()
        except KeyboardInterrupt:
            self.stderr.write(f"Job {job.pk} goes on: manage.py jobs show {job.pk}")
            sys.exit(INTERRUPTED)
        screen.line(f"Job {job.pk} {job.state}: {job.said}")
        return job.state


def bounded(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not least <= number(text) <= most:
            raise argparse.ArgumentTypeError(f"{printable(text)} is not from {least} to {most:,}")
        return int(text)

    return read


def _begun(source: str, *, depth: int | None, max_pages: int | None) -> Job:
    if "://" in source:
        if problem := asking.url_problem(source):
            raise CommandError(problem, returncode=USAGE)
        return operations.import_url(url=source, depth=depth, max_pages=max_pages, by=audit.operator())
    if depth is not None or max_pages is not None:
        raise CommandError("--depth and --max-pages are for a URL; a file has no links.", returncode=USAGE)
    content = _read(source)
    name = Path(source).name
    if problem := asking.file_problem(name, len(content)):
        raise CommandError(problem, returncode=USAGE)
    kind = TYPES.get(Path(name).suffix.lower(), "")
    return operations.import_file(name=name, content_type=kind, content=content, by=audit.operator())


def _read(source: str) -> bytes:
    """One byte more than is allowed, at most, so that a larger one is known as such."""
    try:
        with open(source, "rb") as file:
            return file.read(settings.IMPORTS.max_bytes + 1)
    except (OSError, ValueError) as error:
        said = f"{printable(source)!r} cannot be read: {getattr(error, 'strerror', None) or 'it is no name of a file'}"
        raise CommandError(f"{said}. Name a file, or a URL that begins with http:// or https://.") from error


def _progress(job: Job) -> str:
    of = f" of {job.total:,}" if job.total else ""
    return f"{job.done:,}{of} {job.said}".strip()
