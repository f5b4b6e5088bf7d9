"""How much goes at once: a count, which the query bounds, and a size, so that one batch is never tens of megabytes."""

from collections.abc import Iterable

from outbox.models import OutboxEvent

MAX_BYTES = 4 * 1024 * 1024


def bounded(rows: Iterable[OutboxEvent]) -> list[OutboxEvent]:
    """The first of the rows that together stay below MAX_BYTES, and at least one."""
    taken: list[OutboxEvent] = []
    size = 0
    for row in rows:
        size += len(row.payload.encode())
        if taken and size > MAX_BYTES:
            break
        taken.append(row)
    return taken
