from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from processes.server import serve

from inbox.consumer import Consumer
from inbox.metrics import collect
from inbox.sources import Source
from inbox.sources.amqp import AmqpSource
from inbox.sources.feed import FeedSource
from inbox.stopping import stopped_by_signals


class Command(BaseCommand):
    help = (
        "Follows admin's events, from the broker or, without BROKER_URL, from admin's feed. "
        "SIGTERM ends it cleanly, a second one at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="end when the source has nothing more")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        source: Source = AmqpSource() if settings.BROKER_URL else FeedSource()
        address = serve(settings.METRICS_BIND, metrics=collect) if settings.METRICS_BIND else ""
        consumer = Consumer(source=source, address=address)
        with stopped_by_signals(consumer.stop):
            is_drained = consumer.run(once=once)
        if not is_drained and once:
            raise CommandError("The source was not drained, see above.")
