"""The embedded feed: named subscribers pull the outbox in order, and a pull acknowledges what it has passed.

It needs a database that serialises its writers (settings see to it): only there does id order equal commit order.
"""

import time
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone

from outbox import wakeup
from outbox.batches import bounded
from outbox.models import OutboxEvent, Subscription

LOOK_SECONDS = 0.5  # a write by another process (a command, say) wakes nobody here


class PositionGone(Exception):
    """The feed cannot continue from this position: events after it are gone, or it is not of this feed. Bootstrap."""


def pull(*, name: str, position: int, wait_seconds: float, limit: int) -> tuple[int, Sequence[str]]:
    """The new position and the events (CloudEvents JSON) after `position`, waiting a while for the first.

    Raises PositionGone.
    """
    acknowledge(name=name, position=position)
    deadline = time.monotonic() + wait_seconds
    while not (rows := _after(position, limit)) and (left := deadline - time.monotonic()) > 0:
        wakeup.wait_for_write(seconds=min(left, LOOK_SECONDS))
    return (rows[-1].id if rows else position), [row.payload for row in rows]


def subscribe(*, name: str, position: int) -> int:
    """From where the subscriber gets every event: `position` while that can be reached, else what is newest now.

    Whoever is sent to the newest one has missed events: it fills its copy from the snapshot before it goes on.
    """
    with transaction.atomic():
        known = Subscription.objects.filter(name=name).first()
        try:
            _require_reachable(position, known)
        except PositionGone:
            position = _newest()
        defaults = {"position": position, "pulled_at": timezone.now()}
        Subscription.objects.update_or_create(name=name, defaults=defaults)
    return position


def acknowledge(*, name: str, position: int) -> None:
    """Stores how far the subscriber has come and deletes what all have passed. A position never moves back."""
    with transaction.atomic():
        known = Subscription.objects.filter(name=name).first()
        _require_reachable(position, known)
        if known is None or position > known.position:
            Subscription.objects.update_or_create(
                name=name, defaults={"position": position, "pulled_at": timezone.now()}
            )
            passed = Subscription.objects.aggregate(passed=Min("position"))["passed"]
            OutboxEvent.objects.filter(id__lte=passed).delete()


def _require_reachable(position: int, known: Subscription | None) -> None:
    """What is deleted is just what every subscription has passed, so their lowest position is the oldest reachable."""
    oldest = Subscription.objects.aggregate(oldest=Min("position"))["oldest"] or 0
    newest = max(OutboxEvent.objects.aggregate(newest=Max("id"))["newest"] or 0, known.position if known else 0)
    if not oldest <= position <= newest or (known is None and position > 0):
        raise PositionGone(f"The events after position {position} are gone, or were never this feed's.")


def _newest() -> int:
    """The id of the newest event that there ever was, as far as it matters: one that is gone has been passed by all."""
    waiting = OutboxEvent.objects.aggregate(newest=Max("id"))["newest"]
    return waiting or Subscription.objects.aggregate(newest=Max("position"))["newest"] or 0


def _after(position: int, limit: int) -> list[OutboxEvent]:
    rows = OutboxEvent.objects.filter(id__gt=position).order_by("id")
    return list(bounded(rows[: min(limit, settings.OUTBOX.batch)]))
