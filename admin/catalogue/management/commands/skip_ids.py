from typing import Any

from console import audit
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from catalogue.ids import skip_ids

MAX_ID = 2**63 - 2


class Command(BaseCommand):
    help = (
        "After this database was restored from a backup: gives new products only ids above TO, the highest that a copy "
        "knows, since an id that is given twice is taken for the product that had it first. check_drift says it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("to", type=int, metavar="TO")

    def handle(self, *args: Any, to: int, **options: Any) -> None:
        if not 1 <= to <= MAX_ID:
            raise CommandError(f"{to} is no id: from 1 to {MAX_ID}.")
        with transaction.atomic():
            # First, since MariaDB commits before it alters a table.
            audit.by_command(action="skip ids", target="products", said=f"up to {to}")
            skip_ids(to=to)
        self.stdout.write(f"new products get ids above {to}")
