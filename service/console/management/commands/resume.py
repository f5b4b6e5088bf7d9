from typing import Any

from config import sync
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from processes import steering

from console import audit, roles, waiting
from console.arguments import seconds
from console.screen import Screen
from console.words import counted


class Command(BaseCommand):
    help = (
        f"Lets the {sync.ROLE} go on after `manage.py pause`. "
        "Exit code 0: its processes go on, or none runs; 1: some have not said so in time; 2: wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-wait", action="store_true", help="do not wait until the processes have heard it")
        parser.add_argument("--wait", type=seconds, default=30.0, metavar="SECONDS", help="at most (default: 30)")

    def handle(self, *args: Any, no_wait: bool, wait: float, **options: Any) -> None:
        if not roles.is_there():
            raise CommandError(roles.NONE)
        screen = Screen(self.stdout)
        with transaction.atomic():
            if steering.resume(role=sync.ROLE):
                audit.by_command(action="resume", target=sync.ROLE)
                screen.line(f"The {sync.ROLE} is to go on: each process does within a few seconds.")
            else:
                screen.line(f"The {sync.ROLE} was not paused.")
        if no_wait:
            return
        with screen.waiting(f"waiting until the {sync.ROLE} goes on"):
            running, late = waiting.wait(for_pause=False, seconds=wait)
        if late:
            raise CommandError(f"Still paused after {wait:g} s: {', '.join(late)}. Their logs say what they wait for.")
        go = counted(running, "process goes on", "processes go on")
        screen.line(f"{go}." if running else f"No {sync.ROLE} runs now: `manage.py sync_status` says how to start one.")
