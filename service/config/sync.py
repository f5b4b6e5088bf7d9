"""Service's half of the truth about the two copies, for its own console and for the other side's."""

from collections.abc import Iterator
from typing import Any

import msgspec
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from inbox import queries as inbox
from inbox.sources.amqp import queue
from inbox.sources.feed import position
from processes import queries as processes
from prometheus_client.metrics_core import Metric
from replica import presenters
from replica import queries as replica

from config.version import VERSION

SIDE, ROLE = "service", "consumer"
COUNT_SECONDS = 5  # to count a million products takes longer than all the rest
BROKER_SECONDS = 2


def half(*, span: int = 15) -> dict[str, Any]:
    """Broker, consumer and copy, with what was done in the last `span` minutes; all of it fit for JSON."""
    has_broker = bool(settings.BROKER_URL)
    found = {
        "side": SIDE,
        "at": timezone.now(),
        "version": VERSION,
        "mode": "broker" if has_broker else "embedded",
        "console": settings.CONSOLE_URL,
        "products": cache.get_or_set("products", lambda: replica.living_products().count(), COUNT_SECONDS),
        "processes": processes.running(ROLE),
        "paused": processes.paused(ROLE),
        "minutes": processes.minutes(ROLE, span=span),
        "broker": cache.get_or_set("broker", lambda: queue.look()._asdict(), BROKER_SECONDS) if has_broker else None,
        "feed": None if has_broker else {"position": position()},
        "dead_letters": inbox.summary(),
        "drift": replica.drift(),
    }
    return dict(msgspec.to_builtins(found))


def product(product_id: int) -> dict[str, Any]:
    """The copy's row, its tombstone too, and what of its events could not be applied."""
    row = replica.row(product_id)
    found = {
        "id": product_id,
        "console": settings.CONSOLE_URL,
        "product": presenters.shown(row) if row and row["deleted_at"] is None else None,
        "deleted_at": row["deleted_at"] if row else None,
        "version": row["version"] if row else None,
        "trace_id": row.get("trace_id", "") if row else "",
        "dead_letters": inbox.of_product(str(product_id)),
    }
    return dict(msgspec.to_builtins(found))


def gauges() -> Iterator[Metric]:
    """What this side alone tells Prometheus, beside its half: nothing."""
    yield from ()
