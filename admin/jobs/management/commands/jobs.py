from typing import Any

from config.databases import explain
from console.screen import Screen
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from jobs.management.commands import _info, _lists, _schedules, _steering

ACTIONS = _info.ACTIONS | _lists.ACTIONS | _steering.ACTIONS | _schedules.ACTIONS


class Command(BaseCommand):
    help = (
        "Shows and steers background jobs, their workers and their schedules. "
        "Exit code 0: done; 1: something was not, or no worker lives where one is needed; 2: wrong usage; "
        "3: cannot tell."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for module in (_info, _lists, _steering, _schedules):
            module.add_to(actions)

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            ACTIONS[action](Screen(self.stdout), self, options)
        except Error as error:
            raise CommandError(f"{action}: {explain(error)}") from error
