import contextlib
import sys
import time
from dataclasses import asdict
from typing import Any

from config.databases import explain
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, close_old_connections
from rich.live import Live

from console import halves, pipeline, status, verdict
from console.arguments import CANNOT_TELL, dumped, seconds
from console.halves import Halves
from console.screen import Screen


class Command(BaseCommand):
    help = (
        "Says whether the copy is in step, where events are, and what to do next. "
        "Exit code 0: in step; 1: not in step; 2: wrong usage; 3: cannot tell."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--watch", type=seconds, metavar="SECONDS", help="again and again until Ctrl-C")
        parser.add_argument("--json", action="store_true", help="one JSON object a line, with all that is known")

    def handle(self, *args: Any, watch: float | None, json: bool, **options: Any) -> None:
        screen = Screen(self.stdout)
        if watch is None:
            sys.exit(self._once(screen, as_json=json, live=None))
        # Rich takes the picture away and draws it anew; a program gets one below the other.
        code = CANNOT_TELL
        is_drawn = screen.console is not None and not json
        with Live(console=screen.console, auto_refresh=False) if is_drawn else contextlib.nullcontext() as live:
            try:
                while True:
                    code = self._once(screen, as_json=json, live=live)
                    self.stdout.flush()
                    time.sleep(max(watch, 0.2))
                    close_old_connections()
            except KeyboardInterrupt:
                pass
        sys.exit(code)

    def _once(self, screen: Screen, *, as_json: bool, live: Live | None) -> int:
        try:
            seen = halves.read()
        except Error as error:
            return self._cannot_tell(explain(error), as_json=as_json)
        found = verdict.of(seen)
        if as_json:
            self.stdout.write(dumped(_in_json(seen)))
        elif live is not None:
            live.update(status.picture(seen), refresh=True)
        else:
            screen.show(status.picture(seen), plain=status.lines(seen))
        return found.exit_code

    def _cannot_tell(self, why: str, *, as_json: bool) -> int:
        sentence = f"Cannot tell: {why}"
        said = {"level": "unknown", "sentence": sentence, "exit_code": CANNOT_TELL}
        self.stdout.write(dumped(said) if as_json else sentence)
        return CANNOT_TELL


def _in_json(seen: Halves) -> dict[str, Any]:
    first, *others = verdict.findings(seen)
    return {
        "level": first.level,
        "sentence": first.sentence,
        "advice": first.advice,
        "exit_code": first.exit_code,
        "others": [asdict(one) for one in others],
        "pipeline": [asdict(box) for box in pipeline.boxes(seen)],
        "at": seen.now,
        "admin": asdict(seen.admin) if seen.admin else None,
        "service": asdict(seen.service) if seen.service else None,
        "away": seen.away,
    }
