"""Fills the copy from admin's snapshot, page by page, while live events go on; the guard lets the newer one win."""

from collections import Counter
from datetime import datetime
from typing import Any

import structlog
from django.utils import timezone
from inbox import subscription
from inbox.admin_api import AdminApi
from inbox.routing import Outcome
from inbox.transactions import committed

from replica import projection
from replica.models import Bootstrap, Product
from replica.repair import SNAPSHOT, Snapshot, change, readable

log = structlog.get_logger()


def begin(admin: AdminApi, *, since: datetime | None) -> Bootstrap:
    """The filling to go on with: one that was cut short, else a new one.

    First the subscription, then the pages: whatever changes after a page was read comes as an event. Where the
    subscription had a gap, what was read before it may have missed events, so it is all read anew.
    Raises SourceUnavailable.
    """
    subscription.join(admin, note_gap=lambda: Bootstrap.objects.filter(finished_at=None).delete())
    unfinished = Bootstrap.objects.filter(finished_at=None, since=since).last()
    if unfinished and (unfinished.after == 0 or Product.objects.filter(id__lte=unfinished.after).exists()):
        return unfinished
    # There was none, or the copy was emptied since.
    Bootstrap.objects.filter(finished_at=None).delete()
    return Bootstrap.objects.create(since=since, started_at=timezone.now())


def step(filling: Bootstrap, admin: AdminApi, *, limit: int) -> Counter[Outcome]:
    """Reads and applies one page; the filling moves on in the same transaction, and is finished with the last page.

    Raises SourceUnavailable, DatabaseUnavailable.
    """
    since = filling.since and filling.since.isoformat()
    page = admin.get(Snapshot, SNAPSHOT, after=filling.after, limit=limit, since=since)
    changes = [change(data) for data in map(_readable, page.products) if data]
    filling.read += len(page.products)
    filling.refused += len(page.products) - len(changes)
    if page.next is None:
        filling.finished_at = timezone.now()
    else:
        filling.after = page.next

    def work() -> Counter[Outcome]:
        outcomes = Counter(projection.apply(changes))
        filling.save()
        return outcomes

    return committed(work)


def _readable(product: Any) -> projection.ProductData | None:
    """Admin checks what it writes through the ORM; SQL can leave what no subscriber takes."""
    if (data := readable(product)) is None:
        log.warning("product breaks the contract and is left out", product=str(product)[:200])
    return data
