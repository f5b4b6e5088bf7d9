import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from inbox.consumer import Consumer
from inbox.sources import Source
from inbox.sources.amqp import AmqpSource
from inbox.sources.feed import FeedSource


class Command(BaseCommand):
    help = "Follows admin's events, from the broker or, without BROKER_URL, from admin's feed. SIGTERM ends it cleanly."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="end when the source has nothing more")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        source: Source = AmqpSource() if settings.BROKER_URL else FeedSource()
        consumer = Consumer(source=source)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: consumer.stop())
        if not consumer.run(once=once) and once:
            raise CommandError("The source was not drained, see above.")
