"""What goes next, and how much at once: a count, which the query bounds, and a size, so that no batch is huge."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

from django.db import Error, connection
from django.db.models import Q
from django.db.models.functions import Now

from outbox.models import OutboxEvent

PAGE = 500
MAX_BYTES = 4 * 1024 * 1024


class HasPayload(Protocol):
    @property
    def payload(self) -> str: ...


Row = TypeVar("Row", bound=HasPayload)


class Claimed(NamedTuple):
    """An event on its way out, with as much of its row as the relay needs."""

    id: int
    event_id: UUID
    type: str
    payload: str
    created_at: datetime
    attempts: int


def claim(*, limit: int) -> Iterator[Claimed]:
    """The oldest events that may go now, page by page: the broker works on one while the next one is read.

    What is in the table is pending: no cursor outlives a claim, since ids become visible late.
    """
    return bounded(islice(_pages(), limit))


def _pages() -> Iterator[Claimed]:
    due = Q(next_attempt_at=None) | Q(next_attempt_at__lte=Now())
    rows = OutboxEvent.objects.filter(due, held_at=None).order_by("id").values_list(*Claimed._fields)
    page = [Claimed._make(row) for row in rows[:PAGE]]
    while page:
        yield from page
        more, page = rows.filter(id__gt=page[-1].id)[:PAGE] if len(page) == PAGE else [], []
        with contextlib.suppress(Error):  # what was read is on its way, and whoever settles it meets the database again
            page = [Claimed._make(row) for row in more]


def bounded(rows: Iterable[Row]) -> Iterator[Row]:
    """The first of the rows that together stay below MAX_BYTES, and at least one."""
    size = 0
    for number, row in enumerate(rows):
        size += len(row.payload.encode())
        if number and size > MAX_BYTES:
            return
        yield row


def forget(ids: Sequence[int]) -> None:
    """Deletes these events. By plain SQL: for numbers alone, Django's way takes as long as the database itself."""
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM outbox_outboxevent WHERE id IN ({','.join(map(str, ids))})")  # noqa: S608
