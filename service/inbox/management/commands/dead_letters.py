import argparse
import base64
import math
import re
import sys
from collections import Counter
from typing import Any

from config.printable import printable, printable_lines
from console import audit
from console.arguments import USAGE, age, dumped, number, short
from console.screen import Screen
from django.core.management.base import BaseCommand, CommandError, CommandParser

from inbox import queries, retrying
from inbox.models import DeadLetter, Reason
from inbox.pages.filters import in_words
from inbox.queries import Wanted
from inbox.retrying import Pace, Retrier
from inbox.routing import Router
from inbox.stopping import stopped_by_signals
from inbox.transactions import DatabaseUnavailable

SOME_STAY = 1
OUTAGES = 3  # so many in a row are the database's fault and no letter's
GROUP = ("number", "products", "first_seen_at", "last_seen_at", "sample", "cause")
ASKED = ("ids", "reason", "cause", "type", "product", "older_than", "newer_than")
# Told beside the list, not in it: a program that reads the list gets nothing but the list.
NEXT = (
    "Mend what the error says, then: manage.py dead_letters retry {id} (or more ids, --cause as list --by-cause tells "
    "it, --all). All of one: manage.py dead_letters show {id}"
)
COLUMNS = ("id", "reason", "event_type", "subject", "event_id", "attempts", "last_seen_at", "error")


class Command(BaseCommand):
    help = (
        "Lists, shows, retries and discards dead letters. "
        "Exit code 0: all that were asked for were worked; 1: some stay; 2: wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for name, text in (
            ("list", "one line each"),
            ("retry", "apply them once more; those whose event is in the copy then, or older than it, are deleted"),
            ("discard", "delete them"),
        ):
            action = actions.add_parser(name, help=text)
            add_filters(action)
            if name == "list":
                action.add_argument("--json", action="store_true", help="as JSON")
                action.add_argument("--by-cause", action="store_true", help="one line for all of one cause")
                continue
            action.add_argument("--all", action="store_true", help="all of them, where nothing else says which")
            action.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
            action.add_argument("--rate", type=rate, default=200.0, help="at most so many a second (default 200)")
        show = actions.add_parser("show", help="all of one, beside the current row of the copy")
        show.add_argument("id", type=number)
        show.add_argument("--json", action="store_true", help="as JSON")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        screen = Screen(self.stdout)
        if action == "show":
            self._show(screen, options["id"], as_json=options["json"])
            return
        wanted = Wanted(**{name: options[name] for name in ASKED})
        if action == "list" and options["by_cause"]:
            self._list_groups(screen, wanted, as_json=options["json"])
            return
        if action == "list":
            (self._list_json if options["json"] else self._list)(screen, wanted)
            return
        if wanted.is_everything and not options["all"]:
            raise CommandError(f"{action} what? Name ids or a filter, or say --all.", returncode=USAGE)
        pace = Pace(wanted=wanted, rate=math.inf if options["dry_run"] else options["rate"])
        retrier = Retrier(may_kill=bool(wanted.ids) or wanted.reason == Reason.GIVEN_UP)
        with stopped_by_signals(pace.stop):
            if options["dry_run"]:
                done = self._rehearse(screen, action, pace, retrier)
            else:
                done = self._work(screen, action, pace, retrier, target=in_words(wanted))
        self._sum_up(screen, action, pace, done, missing=len(set(wanted.ids)) - pace.total if wanted.ids else 0)

    def _work(self, screen: Screen, action: str, pace: Pace, retrier: Retrier, *, target: str) -> Counter[str]:
        """Each letter commits by itself, and a kill in between must not leave the audit without a word."""
        meant = f"{pace.total} letters" if pace.total != 1 else "1 letter"
        name = f"{action} dead letters"
        with audit.noted(audit.by_command, action=name, target=target, is_long=True, meant=meant) as said:
            done = self._retry(screen, pace, retrier) if action == "retry" else self._discard(screen, pace)
            said.append(counted(done))
        return done

    def _list(self, screen: Screen, wanted: Wanted) -> None:
        if not wanted.letters.exists():
            self.stderr.write("no such dead letters" if not wanted.is_everything else "no dead letters")
        for page in queries.pages(wanted.letters):
            rows = [[*(getattr(letter, name) for name in COLUMNS[:-1]), short(letter.error)] for letter in page]
            screen.table(COLUMNS, rows)
        if oldest := wanted.letters.order_by("id").values_list("id", flat=True).first():
            self.stderr.write(NEXT.format(id=oldest), style_func=str)

    def _list_groups(self, screen: Screen, wanted: Wanted, *, as_json: bool) -> None:
        found = list(queries.groups(wanted.letters))
        if as_json:
            self.stdout.write(dumped(found))
            return
        screen.table(GROUP, [[group[name] for name in GROUP] for group in found])

    def _list_json(self, screen: Screen, wanted: Wanted) -> None:
        start = "["
        for page in queries.pages(wanted.letters):
            for letter in page:
                self.stdout.write(start + dumped({name: getattr(letter, name) for name in COLUMNS}), ending="")
                start = ",\n"
        self.stdout.write("[]" if start == "[" else "]")

    def _show(self, screen: Screen, letter_id: int, *, as_json: bool) -> None:
        letter = DeadLetter.objects.filter(id=letter_id).first()
        if letter is None:
            raise CommandError(f"There is no dead letter {letter_id}.")
        current = Router().current(event_type=letter.event_type, subject=letter.subject)
        found = {field.name: getattr(letter, field.name) for field in DeadLetter._meta.concrete_fields}
        body = bytes(found.pop("body"))
        if as_json:
            self.stdout.write(dumped(found | in_json(body) | {"current": current}))
            return
        screen.table(("dead letter", ""), [(name, said(value)) for name, value in found.items()])
        rows = [(name, said(value)) for name, value in (current or {}).items()]
        screen.table(("the copy now", ""), rows or [("", "no row of this product")])
        self.stdout.write(printable_lines(body))

    def _retry(self, screen: Screen, pace: Pace, retrier: Retrier) -> Counter[str]:
        done: Counter[str] = Counter()
        outages = 0
        with screen.bar("retry", pace.total) as advance:
            for letter in pace:
                try:
                    retried = retrier.retry(letter)
                    outages = 0
                except DatabaseUnavailable as error:
                    retried = retrying.Retried("stays", str(error))
                    outages += 1
                done[retried.outcome] += 1
                screen.line(letter.id, f"{retried.outcome}: {retried.said}")
                advance()
                if outages == OUTAGES:
                    pace.stop()
        return done

    def _discard(self, screen: Screen, pace: Pace) -> Counter[str]:
        done: Counter[str] = Counter()
        with screen.bar("discard", pace.total) as advance:
            for letter in pace:
                done["discarded" if retrying.discard(letter) else retrying.GONE] += 1
                advance()
        return done

    def _rehearse(self, screen: Screen, action: str, pace: Pace, retrier: Retrier) -> Counter[str]:
        done: Counter[str] = Counter()
        for letter in pace:
            obstacle = retrier.obstacle(letter) if action == "retry" else ""
            outcome = "would stay" if obstacle else f"would be {WORKED[action]}"
            done[outcome] += 1
            screen.line(letter.id, f"{outcome}: {obstacle}" if obstacle else outcome)
        return done

    def _sum_up(self, screen: Screen, action: str, pace: Pace, done: Counter[str], *, missing: int) -> None:
        left = pace.total - done.total() if pace.is_stopping else 0
        counts = [counted(done)] * bool(done)
        counts += [f"{left} left"] * bool(left) + [f"{missing} not there"] * bool(missing)
        screen.line(f"{action}: {', '.join(counts) or 'nothing to do'}")
        if left or missing or done["stays"] or done["rejected"]:
            sys.exit(SOME_STAY)


WORKED = {"retry": "retried", "discard": "discarded"}


def add_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="*", type=number, metavar="ID")
    parser.add_argument("--reason", choices=Reason.values, default="")
    parser.add_argument("--cause", help="as `list --by-cause` tells it")
    parser.add_argument("--type", default="", help="event type, with or without INBOX_TYPE_PREFIX")
    parser.add_argument("--product", default="", metavar="ID", help="the product that the event is about")
    parser.add_argument("--older-than", type=age, metavar="AGE", help="last seen longer ago than 90s, 10m, 2h or 7d")
    parser.add_argument("--newer-than", type=age, metavar="AGE", help="last seen since then")


def rate(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) or not float(text):
        raise argparse.ArgumentTypeError(f"{printable(text)} is no number of letters a second")
    return float(text)


def counted(done: Counter[str]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(done.items()))


def said(value: object) -> str:
    return dumped(value) if isinstance(value, dict) else str(value)


def in_json(body: bytes) -> dict[str, str | None]:
    """As text where it is text, and always as it is."""
    try:
        text: str | None = body.decode()
    except UnicodeDecodeError:
        text = None
    return {"body": text, "body_base64": base64.b64encode(body).decode()}
