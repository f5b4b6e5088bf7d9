import signal
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from outbox.relay import Relay


class Command(BaseCommand):
    help = "Relays the outbox to the broker. One relay is active at a time; others stand by. SIGTERM ends it cleanly."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="end when nothing is left that could go now")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if not settings.BROKER_URL:
            raise ImproperlyConfigured("BROKER_URL is missing: without a broker subscribers pull, and need no relay.")
        relay = Relay()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: relay.stop())
        if not relay.run(once=once) and once:
            raise CommandError("The outbox was not drained, see above.")
