from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from console import audit
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from access.models import Scope, Token

MAX_DAYS = 3650
MAX_NAME = 50


class Command(BaseCommand):
    help = "Makes, lists and revokes the tokens with which programs use this service's API."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="make one and print it, this once")
        create.add_argument("name", help="of the program that will use it")
        create.add_argument("--scope", choices=Scope.values, default=Scope.READ)
        create.add_argument("--days", type=int, default=90, help=f"until it expires, 1 to {MAX_DAYS}; by default 90")
        actions.add_parser("list", help="all, the newest first; no token can be shown again")
        actions.add_parser("revoke", help="end one").add_argument("prefix", help="its first eight characters, see list")

    def handle(self, *, action: str, **options: Any) -> None:
        getattr(self, f"_{action}")(options)

    def _create(self, options: dict[str, Any]) -> None:
        name, days = options["name"].strip(), options["days"]
        if not 1 <= days <= MAX_DAYS:
            raise CommandError(f"--days is {days}: write 1 to {MAX_DAYS}.")
        if not 1 <= len(name) <= MAX_NAME:
            raise CommandError(f"The name has 1 to {MAX_NAME} characters.")
        expires = timezone.now() + timedelta(days=days)
        with transaction.atomic():
            token, key = Token.objects.create_key(name=name, scope=options["scope"], expiry_date=expires)
            said = f'for {name}, scope "{options["scope"]}", until {expires:%Y-%m-%d}'
            audit.by_command(action="create", target=f"token {token.prefix}", said=said)
        self.stdout.write(key)
        self.stderr.write(f'Keep it: it cannot be shown again. Scope "{options["scope"]}", until {expires:%Y-%m-%d}.')

    def _list(self, _: dict[str, Any]) -> None:
        for token in Token.objects.all():
            until = f"until {token.expiry_date:%Y-%m-%d}"
            self.stdout.write(f"{token.prefix}  {token.scope:<7}  {token.state:<7}  {until}  {token.name}")

    def _revoke(self, options: dict[str, Any]) -> None:
        with transaction.atomic():
            if not Token.objects.filter(prefix=options["prefix"]).update(revoked=True):
                raise CommandError(f"No token begins with {options['prefix']}: see `tokens list`.")
            audit.by_command(action="revoke", target=f"token {options['prefix']}")
        self.stdout.write(f"revoked {options['prefix']}")
