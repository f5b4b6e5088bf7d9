"""What operators do to events that wait: hold them aside, and let them go again. Whoever calls keeps the audit."""

from collections.abc import Iterator, Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Max, QuerySet, Value, When
from django.db.models.functions import Now

from outbox.models import OutboxEvent
from outbox.wakeup import wake

PAGE = 1000  # rows in one transaction: the relay must not wait long for its own
HELD_BY = "Held by "  # how `last_error` begins where a person, not the relay, has held it
LONGEST = 500


class NoHold(Exception):
    """Without a broker subscribers pull the outbox in order, and nothing can be left out."""


def require_broker() -> None:
    """For whoever wants to know before the first event is held. Raises NoHold."""
    if not settings.BROKER_URL:
        raise NoHold("Without a broker nothing can be held: subscribers pull every event, in order.")


def hold(events: QuerySet[OutboxEvent], *, by: str, because: str) -> int:
    """Sets those aside that go by themselves, and returns how many; the relay leaves them until they are released.

    An event that is on its way to the broker just now may still go out. Raises NoHold.
    """
    require_broker()
    said = f"{HELD_BY}{by}: {because}"[:LONGEST]
    return sum(
        OutboxEvent.objects.filter(id__in=ids, held_at=None).update(held_at=Now(), last_error=said)
        for ids in _pages(events.filter(held_at=None))
    )


def release(events: QuerySet[OutboxEvent]) -> int:
    """Lets these go at once, held ones and those that wait for their next attempt, and returns how many.

    What the broker said last stays until it says something else. One that it refused is held again if it refuses it.
    """
    said = Case(When(last_error__startswith=HELD_BY, then=Value("")), default=F("last_error"))
    done = 0
    for ids in _pages(events):
        with transaction.atomic():
            rows = OutboxEvent.objects.filter(id__in=ids)
            done += rows.update(held_at=None, next_attempt_at=None, last_error=said)
            transaction.on_commit(wake, robust=True)
    return done


def _pages(events: QuerySet[OutboxEvent]) -> Iterator[Sequence[int]]:
    """The ids of all that are there now, in order: what is written meanwhile is not meant."""
    newest: int = events.aggregate(newest=Max("id"))["newest"] or 0
    after = 0
    while ids := list(events.filter(id__gt=after, id__lte=newest).order_by("id").values_list("id", flat=True)[:PAGE]):
        yield ids
        after = ids[-1]
