from typing import Any

from config import sync
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from processes import queries, steering

from console import audit, roles, waiting
from console.arguments import seconds
from console.screen import Screen
from console.words import counted

EFFECTS = {
    "relay": "Events wait in admin's outbox; none is lost. Go on: manage.py resume",
    "consumer": "Events wait in the queue, or in admin's outbox; none is lost. Go on: manage.py resume",
}


class Command(BaseCommand):
    help = (
        f"Pauses the {sync.ROLE}: all of its processes finish their batch and wait until `manage.py resume`. "
        "Exit code 0: they wait, or none runs; 1: some have not said so in time; 2: wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", default="", metavar="TEXT", help="for whoever finds it paused")
        parser.add_argument("--no-wait", action="store_true", help="do not wait until the processes have heard it")
        parser.add_argument("--wait", type=seconds, default=30.0, metavar="SECONDS", help="at most (default: 30)")

    def handle(self, *args: Any, reason: str, no_wait: bool, wait: float, **options: Any) -> None:
        if not roles.is_there():
            raise CommandError(roles.NONE)
        screen = Screen(self.stdout)
        with transaction.atomic():
            if steering.pause(role=sync.ROLE, by=audit.operator(), reason=reason):
                audit.by_command(action="pause", target=sync.ROLE, said=reason)
                screen.line(f"The {sync.ROLE} is to pause: each process does after its batch, within a few seconds.")
            else:
                found = queries.paused(sync.ROLE) or {}
                why = f": {found['reason']}" if found.get("reason") else ""
                screen.line(f"The {sync.ROLE} was paused already, by {found.get('by')} at {found.get('at'):%H:%M}{why}")
        if not no_wait:
            self._wait(screen, wait)
        screen.line(EFFECTS[sync.ROLE])

    def _wait(self, screen: Screen, wait: float) -> None:
        with screen.waiting(f"waiting until the {sync.ROLE} pauses"):
            running, late = waiting.wait(for_pause=True, seconds=wait)
        if late:
            raise CommandError(f"Not paused after {wait:g} s: {', '.join(late)}. It is as soon as they end their step.")
        waits = counted(running, "process waits", "processes wait")
        screen.line(f"{waits}." if running else f"No {sync.ROLE} runs now; one that starts waits at once.")
