"""The delay between two requests to a host, over all workers: a row for the host says when it may be asked again."""

import time
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from imports.models import Host

STEP_SECONDS = 0.5


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
    with transaction.atomic():
        now = timezone.now()
        Host.objects.get_or_create(name=host[:255], defaults={"free_at": now})
        row = Host.objects.select_for_update().get(name=host[:255])
        mine = max(now, row.free_at)
        Host.objects.filter(pk=row.pk).update(free_at=mine + timedelta(seconds=delay_seconds))
    return (mine - now).total_seconds()
