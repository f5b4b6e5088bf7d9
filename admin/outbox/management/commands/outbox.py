import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

from config.printable import printable_lines
from console import audit
from console.arguments import USAGE, age, dumped, number, short, told
from console.screen import Screen
from django.core.management.base import BaseCommand, CommandError, CommandParser

from outbox import operations
from outbox.models import OutboxEvent, Reason
from outbox.queries import Wanted, shown

SOME_ARE_GONE = 1
COLUMNS = ("id", "event", "product", "written at", "attempts", "state", "last error")
DONE = {"retry": "to be tried now", "hold": "held"}


class Command(BaseCommand):
    help = (
        "Lists and shows the events that wait in the outbox, holds them aside and lets them go again. "
        "Exit code 0: all that were asked for were there; 1: some are gone; 2: wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for name, text in (
            ("list", "one line each"),
            ("retry", "let them go at once, held ones too"),
            ("hold", "set them aside: the relay leaves them until they are retried"),
        ):
            action = actions.add_parser(name, help=text)
            add_filters(action)
            if name == "list":
                action.add_argument("--json", action="store_true", help="as JSON")
                continue
            action.add_argument("--all", action="store_true", help="all of them, where nothing else says which")
            action.add_argument("--dry-run", action="store_true", help="say how many are meant, and do nothing")
            if name == "hold":
                action.add_argument("--because", required=True, metavar="TEXT", help="why, for whoever finds them held")
        show = actions.add_parser("show", help="all of one, with its envelope")
        show.add_argument("id", type=number)
        show.add_argument("--json", action="store_true", help="as JSON")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        screen = Screen(self.stdout)
        if action == "show":
            self._show(screen, options["id"], as_json=options["json"])
            return
        asked = {name: options[name] for name in Wanted.__slots__}
        wanted = Wanted(**asked)
        if action == "list":
            (self._list_json if options["json"] else self._list)(screen, wanted)
            return
        if wanted.is_everything and not options["all"]:
            raise CommandError(f"{action} what? Name ids or a filter, or say --all.", returncode=USAGE)
        # Counted before: what is released now may be gone in a moment.
        missing = len(set(wanted.ids)) - wanted.events.count() if wanted.ids else 0
        held = wanted.events.exclude(held_at=None).count() if action == "hold" else 0
        if options["dry_run"]:
            done = f"{wanted.events.count() - held} would be {DONE[action]}"
        else:
            done = self._noted(wanted, action, options.get("because", ""), target=f"events: {told(asked)}")
        others = [f"{held} were held already"] * bool(held) + [f"{missing} not there: gone out"] * bool(missing)
        screen.line(f"{action}: {', '.join([done, *others])}")
        if missing:
            sys.exit(SOME_ARE_GONE)

    def _noted(self, wanted: Wanted, action: str, because: str, *, target: str) -> str:
        """Does it, with its audit entry, and says what."""
        try:
            if action == "hold":
                operations.require_broker()
            is_long = not 0 < len(wanted.ids) <= operations.PAGE
            with audit.noted(audit.by_command, action=action, target=target, is_long=is_long, meant=because) as said:
                done = f"{self._work(wanted, action, because)} {DONE[action]}"
                said.append(f"{done}: {because}" if because else done)
            return done
        except operations.NoHold as error:
            raise CommandError(str(error)) from error

    def _work(self, wanted: Wanted, action: str, because: str) -> int:
        if action == "retry":
            return operations.release(wanted.events)
        return operations.hold(wanted.events, by=audit.operator(), because=because)

    def _list(self, screen: Screen, wanted: Wanted) -> None:
        page: list[list[object]] = []
        for row in _rows(wanted):
            page.append(_cells(row))
            if len(page) == operations.PAGE:
                screen.table(COLUMNS, page)
                page = []
        if page:
            screen.table(COLUMNS, page)
        elif not wanted.events.exists():
            self.stderr.write("no events wait" if wanted.is_everything else "no such events")

    def _list_json(self, screen: Screen, wanted: Wanted) -> None:
        start = "["
        for row in _rows(wanted):
            self.stdout.write(start + dumped(_told(row)), ending="")
            start = ",\n"
        self.stdout.write("[]" if start == "[" else "]")

    def _show(self, screen: Screen, event_id: int, *, as_json: bool) -> None:
        row = OutboxEvent.objects.filter(id=event_id).first()
        if row is None:
            raise CommandError(f"No event {event_id} waits: it has gone out, or never was.")
        envelope = json.loads(row.payload)
        if as_json:
            self.stdout.write(dumped(_told(row) | {"envelope": envelope}))
            return
        screen.table(("event", ""), [(name, "" if value is None else value) for name, value in _told(row).items()])
        self.stdout.write(printable_lines(json.dumps(envelope, indent=2, ensure_ascii=False).encode()))


def add_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="*", type=number, metavar="ID")
    parser.add_argument("--reason", choices=Reason.values, default="", help="what the broker said last")
    parser.add_argument("--held", action="store_true", help="those that do not go by themselves")
    parser.add_argument("--product", default="", metavar="ID", help="the product that the event is about")
    parser.add_argument("--type", default="", help="event type, with or without OUTBOX_TYPE_PREFIX")
    parser.add_argument("--older-than", type=age, metavar="AGE", help="written longer ago than 90s, 10m, 2h or 7d")


def _rows(wanted: Wanted) -> Iterator[OutboxEvent]:
    """Page by page: the relay writes on meanwhile."""
    after = 0
    while page := list(wanted.events.filter(id__gt=after)[: operations.PAGE]):
        yield from page
        after = page[-1].id


def _told(row: OutboxEvent) -> dict[str, Any]:
    return {"id": row.id, "product": row.aggregateid} | shown(row)


def _cells(row: OutboxEvent) -> list[object]:
    kind = ".".join(row.type.split(".")[-3:-1])
    written = f"{row.created_at:%Y-%m-%d %H:%M:%S}"
    return [row.id, kind, row.aggregateid, written, row.attempts, _state(row), short(row.last_error)]


def _state(row: OutboxEvent) -> str:
    if row.held_at is not None:
        return f"held since {row.held_at:%Y-%m-%d %H:%M:%S}"
    said = f"{row.reason}, " if row.reason else ""
    return f"{said}next try {row.next_attempt_at:%H:%M:%S}" if row.next_attempt_at else f"{said}goes next"
