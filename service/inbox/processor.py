"""Applies a batch: one transaction for the changes, the dead letters and the source's own note of how far it is."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import structlog
from processes import live
from processes.activity import activity

from inbox import dead_letters, following, telling
from inbox.envelope import Delivery, Rejected, read
from inbox.models import Reason
from inbox.routing import Apply, Change, Outcome, Router
from inbox.sources import SourceUnavailable
from inbox.transactions import DatabaseUnavailable, committed

log = structlog.get_logger()


class Item(NamedTuple):
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
        def work() -> Mapping[Apply, Sequence[Outcome]]:
            done = _apply(items)
            note()
            return done

        began = time.time_ns()
        outcomes = _each(items, committed(work))
        try:
            _tell(items, outcomes, since=began)
        except Exception:  # it is committed: whoever only watches must not make a dead letter of it
            log.exception("batch is applied and could not be told of", events=len(items))
        return Counter(outcomes)


def _tell(items: Sequence[Item], outcomes: Sequence[Outcome], *, since: int) -> None:
    now = time.time()
    applied = (item.read for item, outcome in zip(items, outcomes, strict=True) if outcome is Outcome.APPLIED)
    activity.lags([now - read[1].at.timestamp() for read in applied if not isinstance(read, Rejected)])
    following.processed(items, outcomes, since=since)
    if live.is_heard():
        telling.processed(items, outcomes, now=now)


def _apply(items: Sequence[Item]) -> Mapping[Apply, Sequence[Outcome]]:
    """The outcomes by what applied them; those that are not in there became dead letters."""
    changes: dict[Apply, list[Change]] = defaultdict(list)
    rejections: list[tuple[Delivery, Rejected]] = []
    for item in items:
        if isinstance(item.read, Rejected):
            rejections.append((item.delivery, item.read))
        else:
            apply, change = item.read
            changes[apply].append(change)
    outcomes = {apply: apply(group) for apply, group in changes.items()}
    if rejections:
        dead_letters.store(rejections)
    return outcomes


def _each(items: Sequence[Item], outcomes: Mapping[Apply, Sequence[Outcome]]) -> list[Outcome]:
    """Of each, in their order: what one function answered is in the order of the changes that it got."""
    waiting = {apply: iter(group) for apply, group in outcomes.items()}
    return [Outcome.REJECTED if isinstance(item.read, Rejected) else next(waiting[item.read[0]]) for item in items]
