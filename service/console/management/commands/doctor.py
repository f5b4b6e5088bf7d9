import sys
from collections import Counter
from dataclasses import asdict
from typing import Any

from config import checkup
from config.printable import printable
from django.core.management.base import BaseCommand, CommandParser
from rich.table import Table
from rich.text import Text

from console.arguments import dumped
from console.findings import Finding, Status, exit_code, run
from console.screen import Screen

SIGNS = {
    Status.OK: ("✔", "green"),
    Status.WARNING: ("▲", "yellow"),
    Status.FAILED: ("✖", "red"),
    Status.UNKNOWN: ("?", "magenta"),
}
WIDTH = 20


class Command(BaseCommand):
    help = (
        "Checks what this side needs: database, broker, processes, the other side, and says how to mend what is wrong. "
        "Exit code 0: nothing failed; 1: something failed; 2: wrong usage; 3: something could not be told."
    )
    requires_system_checks = []  # they want a database, and end this one at their first error

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *args: Any, json: bool, **options: Any) -> None:
        screen, found = Screen(self.stdout), []
        for finding in run(checkup.CHECKS):
            found.append(finding)
            if not json:
                screen.show(_picture(finding), plain=["\t".join(_cells(finding))])
        code = exit_code(found)
        if json:
            self.stdout.write(dumped({"exit_code": code, "findings": [asdict(finding) for finding in found]}))
        else:
            counts = Counter(finding.status for finding in found)
            screen.line(", ".join(f"{counts[status]} {status}" for status in Status if counts[status]))
        sys.exit(code)


def _cells(finding: Finding) -> list[str]:
    return [printable(text) for text in (finding.status, finding.name, finding.said, finding.mend)]


def _picture(finding: Finding) -> Table:
    sign, colour = SIGNS[finding.status]
    _, name, said, mend = _cells(finding)
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=1)
    table.add_column(width=WIDTH)
    table.add_row(Text(sign, style=colour), Text(name, style="bold"), Text(said))
    if mend:
        table.add_row("", "", Text(f"→ {mend}", style=colour))
    return table
