from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from processes.server import serve

from outbox.metrics import collect
from outbox.relay import Relay
from outbox.stopping import stopped_by_signals


class Command(BaseCommand):
    help = (
        "Relays the outbox to the broker. One relay is active at a time; others stand by. "
        "SIGTERM ends it cleanly, a second one at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="end when nothing is left that could go now")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if not settings.BROKER_URL:
            raise ImproperlyConfigured("BROKER_URL is missing: without a broker subscribers pull, and need no relay.")
        relay = Relay(address=serve(settings.METRICS_BIND, metrics=collect) if settings.METRICS_BIND else "")
        with stopped_by_signals(relay.stop):
            is_drained = relay.run(once=once)
        if not is_drained and once:
            raise CommandError("The outbox was not drained, see above.")
