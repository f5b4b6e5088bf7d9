"""The consumer: source → processor. One step receives a batch, applies it, and acknowledges it once it is committed."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence

import structlog
from config.databases import explain
from django.conf import settings
from django.db import Error, close_old_connections, connection, reset_queries

from inbox.envelope import Delivery
from inbox.processor import Processor
from inbox.routing import Outcome
from inbox.sources import Source, SourceRefused, SourceUnavailable
from inbox.transactions import DatabaseUnavailable

log = structlog.get_logger()
IDLE_SECONDS = 30.0


class Consumer:
    def __init__(self, *, source: Source) -> None:
        self._source = source
        self._processor = Processor()
        self._failures = 0  # in a row
        self._is_open = False
        self._is_stopping = False
        self.outcomes: Counter[Outcome] = Counter()

    def run(self, *, once: bool = False) -> bool:
        """Consumes until `stop`; with `once`, until the source has nothing more. True if that went well."""
        while not self._is_stopping and not (once and self._failures):
            try:
                received = self.step(seconds=1.0 if once else IDLE_SECONDS)
                if once and not received:
                    break
            except SourceUnavailable as error:
                self._close()
                self._back_off("consumer waits for its source", str(error), slowly=isinstance(error, SourceRefused))
            except DatabaseUnavailable as error:
                self._close()
                self._back_off("consumer waits for database", str(error))
        self._close()
        log.info("consumer stopped", **_named(self.outcomes))
        return not self._failures

    def stop(self) -> None:
        """For a signal handler: ends the current wait; the batch under way is finished first."""
        self._is_stopping = True
        self._source.wake()

    def step(self, *, seconds: float) -> int:
        """One round; returns how many events it received, none after `seconds` without any."""
        if not self._is_open:
            self._open()
        deliveries = self._source.receive(seconds=seconds)
        if deliveries:
            outcomes = self._apply(deliveries)
            self._source.acknowledge()
            self.outcomes += outcomes
            log.debug("batch applied", events=len(deliveries), **_named(outcomes))
        self._failures = 0
        return len(deliveries)

    def _open(self) -> None:
        """Subscribes only once the database answers: each batch that goes back costs its messages a delivery."""
        try:
            _refresh()
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            self._source.open()
        except Error as error:
            raise DatabaseUnavailable(explain(error)) from error
        self._is_open = True
        log.info("consumer connected", source=self._source.where)

    def _apply(self, deliveries: Sequence[Delivery]) -> Counter[Outcome]:
        """Holds the batch through a short outage of the database, so that it burns no deliveries."""
        deadline = time.monotonic() + settings.INBOX.hold_seconds
        while True:
            _refresh()
            try:
                return self._processor.process(deliveries, note=self._source.note)
            except DatabaseUnavailable as error:
                if self._is_stopping or time.monotonic() > deadline:
                    raise
                self._back_off("consumer holds a batch", str(error), wait=self._source.wait)

    def _back_off(
        self, event: str, error: str, *, slowly: bool = False, wait: Callable[..., None] | None = None
    ) -> None:
        self._failures += 1
        longest = settings.INBOX.retry_max_seconds
        delay = longest if slowly else min(0.25 * 2 ** min(self._failures, 20), longest) * random.uniform(0.7, 1.0)
        log.warning(event, error=error, retry_in_seconds=round(delay, 1), attempt=self._failures)
        if self._is_stopping:
            return
        (wait or self._source.wait)(seconds=delay)

    def _close(self) -> None:
        self._source.close()
        self._is_open = False


def _named(outcomes: Counter[Outcome]) -> dict[str, int]:
    return {outcome.value: count for outcome, count in outcomes.items()}


def _refresh() -> None:
    """What Django does round each request: drops a broken connection, and DEBUG's list of queries."""
    close_old_connections()
    reset_queries()
