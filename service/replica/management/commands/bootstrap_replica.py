import argparse
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import msgspec
from config.databases import explain
from console import audit
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from inbox.admin_api import AdminApi
from inbox.routing import Outcome
from inbox.sources import SourceRefused, SourceUnavailable
from inbox.transactions import DatabaseUnavailable
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from replica import bootstrap
from replica.models import Bootstrap

PAGE = 500
AGAIN = "Run it again: it goes on where it was."


class Counted(msgspec.Struct, frozen=True):
    count: int | None = None


class Command(BaseCommand):
    help = (
        "Fills the copy from admin's products while live events go on: for a new, an emptied or a restored copy. "
        "Killed or stopped, it goes on where it was when it is run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since", type=_moment, metavar="TIME", help="only what changed since, as 2026-01-31T12:00Z"
        )
        parser.add_argument("--rate", type=_rate, metavar="N", help="at most N products a second")

    def handle(self, *args: Any, since: datetime | None, rate: float | None, **options: Any) -> None:
        admin = AdminApi()
        try:
            filling = bootstrap.begin(admin, since=since)
            said = f"goes on behind product {filling.after}" if filling.read else "begins"
            said = f"{said}, since {since}" if since else said
            note = audit.by_command
            with audit.noted(note, action="bootstrap", target="the copy", is_long=True, meant=said) as ended:
                ended.append(self._fill(filling, admin, rate))
        except SourceRefused as error:
            raise CommandError(f"{error}.") from error
        except (SourceUnavailable, DatabaseUnavailable) as error:
            raise CommandError(f"{error}. {AGAIN}") from error
        except Error as error:
            raise CommandError(f"{explain(error)} {AGAIN}") from error
        except KeyboardInterrupt:
            raise CommandError(f"Stopped. {AGAIN}") from None
        if filling.refused:
            raise CommandError(f"Left out, since they break the contract: {filling.refused}, see above.")

    def _fill(self, filling: Bootstrap, admin: AdminApi, rate: float | None) -> str:
        if filling.read:
            self.stdout.write(f"goes on behind product {filling.after}, {filling.read:,} were read before")
        began, outcomes, before = time.monotonic(), Counter[Outcome](), filling.read
        limit = PAGE if rate is None else max(1, min(PAGE, int(rate)))
        with _progress() as progress:
            total = None if filling.since else admin.get(Counted, "/api/products/snapshot", limit=1).count
            task = progress.add_task("products", total=total, completed=filling.read)
            while filling.finished_at is None:
                outcomes += bootstrap.step(filling, admin, limit=limit)
                progress.update(task, completed=filling.read, total=total and max(total, filling.read))
                if rate and filling.finished_at is None:
                    time.sleep(max(0.0, (filling.read - before) / rate - (time.monotonic() - began)))
        said = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(outcomes.items())) or "nothing to do"
        seconds = time.monotonic() - began
        told = f"read {filling.read - before:,} products in {seconds:.1f} s: {said}"
        self.stdout.write(told)
        self.stdout.write("check_drift tells whether the copies are equal now")
        return told


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    return Progress(*columns, console=console, disable=not console.is_terminal)


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
        if moment is not None:
            return (moment if timezone.is_aware(moment) else timezone.make_aware(moment)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is no time; write it as 2026-01-31T12:00Z")


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0.01 <= rate < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of products a second, 0.01 or more")
    return rate
