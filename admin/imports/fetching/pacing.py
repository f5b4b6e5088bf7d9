"""The delay between two requests to a host, over all workers: a row for the host says when it may be asked again."""

import time
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from imports.models import Host

STEP_SECONDS = 0.5
LONGEST_ROW = timedelta(hours=1)  # more than that is from a clock that went wrong


def wait_for_turn(host: str, *, delay_seconds: float, look: Callable[[], None]) -> None:
    """Returns when `host` (host:port) may be asked. `look` is called while it waits; what it raises ends that."""
    look()
    if delay_seconds <= 0:
        return
    until = time.monotonic() + _reserve(host, delay_seconds)
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, STEP_SECONDS))
        look()


def _reserve(host: str, delay_seconds: float) -> float:
    """Takes the next place in the row; in how many seconds that is."""
    name = host[-255:]
    # Before the transaction: three who insert the same row in theirs would wait for each other, in MariaDB.
    Host.objects.get_or_create(name=name, defaults={"free_at": timezone.now()})
    with transaction.atomic():
        row = Host.objects.select_for_update().get(name=name)
        now = timezone.now()
        mine = now if row.free_at > now + LONGEST_ROW else max(now, row.free_at)
        Host.objects.filter(pk=row.pk).update(free_at=mine + timedelta(seconds=delay_seconds))
    return (mine - now).total_seconds()
