"""The first verb of the outbox: events are written in the transaction that makes them true, or not at all."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from outbox import following
from outbox.envelope import Event, seal
from outbox.models import OutboxEvent
from outbox.wakeup import wake

ROWS_PER_INSERT = 200  # times the largest event stays below MariaDB's default max_allowed_packet of 16 MiB
COLUMNS = "event_id,aggregatetype,aggregateid,type,payload"
EVENT_ID = OutboxEvent._meta.get_field("event_id")


class OutsideTransaction(Exception):
    """An event was written with no transaction open: the change could stand without its event. Open one round both."""


def write(*, events: Sequence[Event]) -> None:
    """Stores the events for the relay or the feed; they exist if, and only if, the open transaction commits."""
    require_transaction()
    rows = [_row(event) for event in events]
    for start in range(0, len(rows), ROWS_PER_INSERT):
        _insert(rows[start : start + ROWS_PER_INSERT])
    following.written(row[-1] for row in rows)
    # Only a hint: losing it, or failing here, costs an idle relay's poll interval and never the event.
    transaction.on_commit(wake, robust=True)


def require_transaction() -> None:
    if not connection.in_atomic_block:
        raise OutsideTransaction("Write the change and its event within one transaction.atomic() block.")


def _row(event: Event) -> tuple[Any, ...]:
    """In the order of COLUMNS."""
    event_id, payload = seal(event)
    stored_id = EVENT_ID.get_db_prep_value(event_id, connection)
    return stored_id, event.aggregatetype, event.aggregateid, event.type, payload


def _insert(rows: Sequence[tuple[Any, ...]]) -> None:
    """By plain SQL, since it is part of every write: docs/performance.md."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    places = ",".join(["(%s,%s,%s,%s,%s,%s,0,'','')"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO outbox_outboxevent ({COLUMNS},created_at,attempts,reason,last_error) VALUES {places}",  # noqa: S608
            [value for row in rows for value in (*row, now)],
        )
