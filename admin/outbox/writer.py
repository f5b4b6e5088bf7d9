"""The first verb of the outbox: events are written in the transaction that makes them true, or not at all."""

from collections.abc import Sequence

from django.db import connection, transaction

from outbox.envelope import Event, seal
from outbox.models import OutboxEvent
from outbox.wakeup import wake

ROWS_PER_INSERT = 200  # times the largest event stays below MariaDB's default max_allowed_packet of 16 MiB


class OutsideTransaction(Exception):
    """An event was written with no transaction open: the change could stand without its event. Open one round both."""


def write(*, events: Sequence[Event]) -> None:
    """Stores the events for the relay or the feed; they exist if, and only if, the open transaction commits."""
    require_transaction()
    OutboxEvent.objects.bulk_create((_row(event) for event in events), batch_size=ROWS_PER_INSERT)
    # Only a hint: losing it, or failing here, costs an idle relay's poll interval and never the event.
    transaction.on_commit(wake, robust=True)


def require_transaction() -> None:
    if not connection.in_atomic_block:
        raise OutsideTransaction("Write the change and its event within one transaction.atomic() block.")


def _row(event: Event) -> OutboxEvent:
    event_id, payload = seal(event)
    return OutboxEvent(
        event_id=event_id,
        aggregatetype=event.aggregatetype,
        aggregateid=event.aggregateid,
        type=event.type,
        payload=payload,
    )
