"""How a product looks to readers: as its events say, and since when the copy has it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

FIELDS = (
    "id", "title", "description", "price", "image", "sku", "version", "created_at", "updated_at", "applied_at",
)  # fmt: skip


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Of a row with FIELDS: money as a decimal string, times in UTC to the microsecond."""
    price = row["price"]
    times = {name: timestamp(row[name]) for name in FIELDS[-3:]}
    return {**{name: row[name] for name in FIELDS}, "price": None if price is None else f"{price:.2f}", **times}


def timestamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
