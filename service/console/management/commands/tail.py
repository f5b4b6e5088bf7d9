import time
from typing import Any

from config import sync
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, close_old_connections
from rich.text import Text

from console.arguments import CANNOT_TELL, dumped
from console.screen import Screen
from console.tailing import LOOK_SECONDS, Line, Tail, addresses, cells

WIDTHS = (12, 10, 16, 12, 4, 8)  # of the columns that are aligned; what is longer pushes the rest
COLOURS = {"published": "green", "applied": "green", "duplicate": "dim", "stale": "dim"}
NO_RELAY = "Without a broker admin has no relay: service's consumer takes the events. See `manage.py tail` there."
NO_ADDRESS = (
    "No {role} that runs serves its events: set METRICS_BIND, as 127.0.0.1:{port}, for the {role} and restart it. "
    "`manage.py sync_status` says whether one runs."
)
PORTS = {"relay": 9100, "consumer": 9101}


class Command(BaseCommand):
    help = (
        f"Follows what the {sync.ROLE} does, one line for each event as it happens, until Ctrl-C. "
        "Exit code 0: by Ctrl-C; 2: wrong usage; 3: there is nothing to follow."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, json: bool, **options: Any) -> None:
        if sync.ROLE == "relay" and not settings.BROKER_URL:
            raise CommandError(NO_RELAY, returncode=CANNOT_TELL)
        if not (found := addresses()):
            raise CommandError(NO_ADDRESS.format(role=sync.ROLE, port=PORTS[sync.ROLE]), returncode=CANNOT_TELL)
        self.stderr.write(f"following {', '.join(sorted(found))}; Ctrl-C ends it")
        try:
            self._follow(found, Screen(self.stdout), as_json=json)
        except KeyboardInterrupt:
            return

    def _follow(self, found: set[str], screen: Screen, *, as_json: bool) -> None:
        with Tail() as tail:
            while True:
                tail.follow(found)
                deadline = time.monotonic() + LOOK_SECONDS
                while (left := deadline - time.monotonic()) > 0:
                    if (line := tail.take(seconds=left)) is not None:
                        self._say(line, screen, as_json=as_json)
                found = self._look(found)

    def _look(self, before: set[str]) -> set[str]:
        """A database in trouble is no reason to let go of those that are followed."""
        try:
            close_old_connections()
            return addresses()
        except Error:
            return before

    def _say(self, line: Line, screen: Screen, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(dumped(line))
        else:
            said = cells(line)
            screen.show(_coloured(said), plain=["\t".join(said)])
        self.stdout.flush()


def _coloured(said: list[str]) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    for number, cell in enumerate(said):
        style = COLOURS.get(cell, "red") if number == 1 else "dim" if number in (0, 6) else ""
        text.append(cell.ljust(WIDTHS[number]) if number < len(WIDTHS) else cell, style)
        text.append(" ")
    return text
