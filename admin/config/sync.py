"""Admin's half of the truth about the two copies, for its own console and for the other side's."""

from collections.abc import Iterator
from typing import Any

import msgspec
from catalogue import queries as catalogue
from catalogue.events import product_data
from catalogue.models import Product
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from jobs import metrics as jobs
from outbox import queries as outbox
from processes import queries as processes
from prometheus_client.metrics_core import Metric

from config.version import VERSION

SIDE, ROLE = "admin", "relay"
COUNT_SECONDS = 5  # to count a million products takes longer than all the rest


def half(*, span: int = 15) -> dict[str, Any]:
    """Products, outbox and relay, with what was done in the last `span` minutes; all of it fit for JSON."""
    found = {
        "side": SIDE,
        "at": timezone.now(),
        "version": VERSION,
        "mode": "broker" if settings.BROKER_URL else "embedded",
        "console": settings.CONSOLE_URL,
        "products": cache.get_or_set("products", lambda: catalogue.all_products().count(), COUNT_SECONDS),
        "processes": processes.running(ROLE),
        "paused": processes.paused(ROLE) if settings.BROKER_URL else None,  # a relay that is not there is not paused
        "minutes": processes.minutes(ROLE, span=span),
        "outbox": outbox.summary(),
    }
    return dict(msgspec.to_builtins(found))


def product(product_id: int) -> dict[str, Any]:
    """The product as it is now, and which of its events wait here."""
    row = Product.objects.filter(pk=product_id).first()
    found = {
        "id": product_id,
        "console": settings.CONSOLE_URL,
        "product": product_data(row) if row else None,
        "waiting": outbox.waiting_events(aggregatetype="product", aggregateid=str(product_id)),
    }
    return dict(msgspec.to_builtins(found))


def gauges() -> Iterator[Metric]:
    """What this side alone tells Prometheus."""
    yield from jobs.gauges()
