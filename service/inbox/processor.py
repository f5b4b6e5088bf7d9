"""Applies a batch: one transaction for the changes, the dead letters and the source's own note of how far it is."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from config.databases import explain
from django.db import DataError, Error, IntegrityError, OperationalError, connection, transaction

from inbox import dead_letters
from inbox.envelope import Delivery, Rejected, read
from inbox.models import Reason
from inbox.routing import Apply, Change, Outcome, Router
from inbox.sources import SourceUnavailable

log = structlog.get_logger()
ATTEMPTS = 5
# What mysqlclient calls an OperationalError though one row is at fault: text or time that a column cannot hold.
OF_ONE_ROW = {1267, 1292, 1300, 1366}
# Deadlock and lock wait timeout of MariaDB and MySQL; serialization failure, deadlock and lock timeout of PostgreSQL.
CONFLICTS = {1213, 1205, "40001", "40P01", "55P03"}


class DatabaseUnavailable(Exception):
    """The copy's database cannot take the batch now; nothing is lost or half applied. Try the same batch again."""


@dataclass(frozen=True, slots=True)
class Item:
    """A delivery and what reading it gave."""

    delivery: Delivery
    read: tuple[Apply, Change] | Rejected


class Processor:
    def __init__(self) -> None:
        self._router = Router()

    def process(self, deliveries: Sequence[Delivery], *, note: Callable[[], None] = lambda: None) -> Counter[Outcome]:
        """Applies what can be applied and stores the rest as dead letters; `note` runs in the same transaction.

        Raises DatabaseUnavailable. Whatever else a projection raises is the fault of one event, which is found.
        """
        items = [self._read(delivery) for delivery in deliveries]
        try:
            return self._commit(items, note)
        except (DatabaseUnavailable, SourceUnavailable):
            raise
        except Exception:
            log.exception("batch failed, looking for the event at fault", events=len(items))
        outcomes = self._bisect(items)
        return outcomes + self._commit([], note)

    def _read(self, delivery: Delivery) -> Item:
        if delivery.given_up:
            return Item(delivery, Rejected(Reason.GIVEN_UP, delivery.given_up))
        try:
            return Item(delivery, self._router.resolve(read(delivery.body)))
        except Rejected as rejection:
            return Item(delivery, rejection)

    def _bisect(self, items: Sequence[Item]) -> Counter[Outcome]:
        """Halves until the event at fault stands alone. Each half commits by itself: doing one again is harmless."""
        try:
            return self._commit(items, lambda: None)
        except DatabaseUnavailable:
            raise
        except Exception as error:
            if len(items) == 1:
                rejection = Rejected(Reason.UNPROCESSABLE, f"{type(error).__name__}: {error}")
                return self._commit([Item(items[0].delivery, rejection)], lambda: None)
        middle = len(items) // 2
        return self._bisect(items[:middle]) + self._bisect(items[middle:])

    def _commit(self, items: Sequence[Item], note: Callable[[], None]) -> Counter[Outcome]:
        """One transaction, tried again where another one was in its way."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with transaction.atomic():
                    outcomes = _apply(items)
                    note()
                return outcomes
            except (DataError, IntegrityError):
                raise
            except Error as error:
                if error.args and error.args[0] in OF_ONE_ROW:
                    raise
                if attempt == ATTEMPTS or not _is_conflict(error):
                    raise DatabaseUnavailable(explain(error)) from error
                time.sleep(random.uniform(0.01, 0.05) * attempt)
        raise AssertionError("unreachable")


def _apply(items: Sequence[Item]) -> Counter[Outcome]:
    changes: dict[Apply, list[Change]] = defaultdict(list)
    rejections: list[tuple[Delivery, Rejected]] = []
    for item in items:
        if isinstance(item.read, Rejected):
            rejections.append((item.delivery, item.read))
        else:
            apply, change = item.read
            changes[apply].append(change)
    outcomes = Counter({Outcome.REJECTED: len(rejections)})
    for apply, group in changes.items():
        outcomes.update(apply(group))
    if rejections:
        dead_letters.store(rejections)
    return +outcomes


def _is_conflict(error: Error) -> bool:
    """Whether another transaction was in the way, by the drivers' codes (SQLite has only words)."""
    cause = error.__cause__
    codes = {*error.args[:1], getattr(cause, "sqlstate", None)}
    is_locked = connection.vendor == "sqlite" and isinstance(error, OperationalError) and "locked" in str(error)
    return bool(codes & CONFLICTS) or is_locked
