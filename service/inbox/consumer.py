"""The consumer: source → processor. One step receives a batch, applies it, and acknowledges it once it is committed."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence

import structlog
from config.databases import explain
from django.conf import settings
from django.db import Error, close_old_connections, connection, reset_queries
from processes.activity import activity
from processes.heartbeat import BEAT_SECONDS, Heartbeat
from processes.models import State

from inbox.envelope import Delivery
from inbox.processor import Processor
from inbox.routing import Outcome
from inbox.sources import Source, SourceRefused, SourceUnavailable
from inbox.transactions import DatabaseUnavailable

log = structlog.get_logger()
IDLE_SECONDS = 5.0  # then the heartbeat is due
PAUSED_SECONDS = 2.0


class Consumer:
    def __init__(self, *, source: Source, address: str = "") -> None:
        """`address`: of the process's own HTTP server, for others to find it."""
        self._heartbeat = Heartbeat(role="consumer", address=address)
        self._source = source
        self._processor = Processor()
        self._failures = 0  # in a row
        self._is_open = False
        self._is_stopping = False
        self._is_database_away = False
        self.outcomes: Counter[Outcome] = Counter()

    def run(self, *, once: bool = False) -> bool:
        """Consumes until `stop`; with `once`, until the source has nothing more. True if that went well."""
        self._heartbeat.look()
        while not self._is_stopping and not (once and (self._failures or self._heartbeat.is_paused)):
            if self._heartbeat.is_paused:
                self._pause()
            elif not self._turn(seconds=1.0 if once else IDLE_SECONDS) and once and not self._failures:
                break
        self._close()
        if not self._is_database_away:
            self._heartbeat.stop()
        log.info("consumer stopped", **_named(self.outcomes))
        return not self._failures and not self._heartbeat.is_paused

    def _turn(self, *, seconds: float) -> int:
        """A step whose troubles are said in one line and waited out; the heartbeat tells of them too."""
        self._is_database_away = False
        try:
            received = self.step(seconds=seconds)
            self._heartbeat.beat(State.WORKING if received else State.IDLE, self._source.where)
            return received
        except SourceUnavailable as error:
            self._close()
            self._heartbeat.beat(State.NO_SOURCE, str(error))
            self._back_off("consumer waits for its source", str(error), slowly=isinstance(error, SourceRefused))
        except DatabaseUnavailable as error:
            self._close()
            self._is_database_away = True
            self._back_off("consumer waits for database", str(error))
        return 0

    def _pause(self) -> None:
        """What was prefetched goes back, so that what waits is counted where it waits."""
        if self._is_open:
            self._close()
            log.info("consumer pauses")
        _refresh()
        self._heartbeat.beat(State.PAUSED)
        self._source.wait(seconds=PAUSED_SECONDS)

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
            began = time.monotonic()
            outcomes = self._apply(deliveries)
            self._source.acknowledge()
            activity.batch(seconds=time.monotonic() - began, events=len(deliveries))
            activity.through(_named(outcomes))
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
                activity.errors["unavailable"] += 1
                self._back_off("consumer holds a batch", str(error), wait=self._source.wait)

    def _back_off(
        self, event: str, error: str, *, slowly: bool = False, wait: Callable[..., None] | None = None
    ) -> None:
        self._failures += 1
        longest = settings.INBOX.retry_max_seconds
        delay = longest if slowly else min(0.25 * 2 ** min(self._failures, 20), longest) * random.uniform(0.7, 1.0)
        log.warning(event, error=error, retry_in_seconds=round(delay, 1), attempt=self._failures)
        while not self._is_stopping and delay > 0:
            self._heartbeat.keep(writing=not self._is_database_away and wait is None)
            (wait or self._source.wait)(seconds=min(delay, BEAT_SECONDS))
            delay -= BEAT_SECONDS

    def _close(self) -> None:
        self._source.close()
        self._is_open = False


def _named(outcomes: Counter[Outcome]) -> dict[str, int]:
    return {outcome.value: count for outcome, count in outcomes.items()}


def _refresh() -> None:
    """What Django does round each request: drops a broken connection, and DEBUG's list of queries."""
    close_old_connections()
    reset_queries()
