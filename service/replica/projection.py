"""Builds the copy: one multi-row upsert, guarded by version, so that duplicates and late arrivals change nothing."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from django.db import connection
from django.utils import timezone
from inbox.envelope import NO_NUL, Moment, Number
from inbox.routing import Change, Outcome
from msgspec import Meta

from replica.models import Product

ROWS_PER_STATEMENT = 500  # times twelve columns stays below SQLite's 32,766 variables
COLUMNS = (
    "id", "title", "description", "price", "image", "sku", "created_at", "updated_at", "deleted_at", "applied_at",
    "trace_id", "version",
)  # fmt: skip
# Left to right, version last: MariaDB's assignments see the ones before them.
CONTENTS = COLUMNS[1:]


class ProductData(msgspec.Struct, frozen=True, gc=False):
    """contract/product.v1.schema.json, bounded as there."""

    id: Number
    title: Annotated[str, Meta(min_length=1, max_length=200, pattern=NO_NUL)]
    description: Annotated[str, Meta(max_length=10_000, pattern=NO_NUL)]
    price: Annotated[str, Meta(pattern=r"^[0-9]{1,10}\.[0-9]{2}\Z")] | None
    image: Annotated[str, Meta(max_length=500, pattern=r"^([hH][tT][tT][pP][sS]?://[^\x00]+)?\Z")]
    sku: Annotated[str, Meta(min_length=1, max_length=64, pattern=NO_NUL)] | None
    version: Number
    created_at: Moment
    updated_at: Moment


def apply(changes: Sequence[Change]) -> list[Outcome]:
    """Applies the newest change of each product, within the caller's transaction; one outcome for each change."""
    newest: dict[int, Change] = {}
    for change in changes:
        known = newest.get(change.data.id)
        if known is None or change.data.version > known.data.version:
            newest[change.data.id] = change
    held = _held(newest)
    fresh = [change for change in newest.values() if change.data.version > held.get(change.data.id, 0)]
    _upsert(fresh)
    return _outcomes(changes, newest, held)


def replace(change: Change, *, version: int) -> None:
    """Writes the contents past the guard, where the row still has this version: for a copy that drifted."""
    stored = _stored_time()
    values = dict(zip(COLUMNS, _row(change, stored(timezone.now()), stored), strict=True))
    assigned = ",".join(f"{name}=%s" for name in CONTENTS)
    statement = f"UPDATE replica_product SET {assigned} WHERE id=%s AND version=%s"  # noqa: S608  names of ours alone
    with connection.cursor() as cursor:
        cursor.execute(statement, [*(values[name] for name in CONTENTS), change.data.id, version])


def bury(*, id: int, version: int, at: datetime) -> None:
    """Makes the row a tombstone, where it still has this version: admin has no such product, and no event said so."""
    Product.objects.filter(id=id, version=version, deleted_at=None).update(
        title="",
        description="",
        price=None,
        image="",
        sku=None,
        version=version + 1,
        deleted_at=at,
        applied_at=at,
        trace_id="",
    )


def _held(ids: Collection[int]) -> dict[int, int]:
    """The versions that the copy has. By plain SQL: Django takes longer to write it than MariaDB to answer."""
    if not ids:
        return {}
    statement = f"SELECT id,version FROM replica_product WHERE id IN ({','.join(map(str, ids))})"  # noqa: S608  numbers
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return dict(cursor.fetchall())


def _outcomes(changes: Sequence[Change], newest: dict[int, Change], held: dict[int, int]) -> list[Outcome]:
    outcomes = []
    for change in changes:
        version, before = change.data.version, held.get(change.data.id, 0)
        if version > before and newest[change.data.id] is change:
            outcomes.append(Outcome.APPLIED)
        elif version == max(before, newest[change.data.id].data.version):
            outcomes.append(Outcome.DUPLICATE)
        else:
            outcomes.append(Outcome.STALE)
    return outcomes


def _upsert(changes: Sequence[Change]) -> None:
    """In order of id, since two batches that lock the same rows in two orders deadlock."""
    ordered = sorted(changes, key=lambda change: change.data.id)
    stored = _stored_time()
    now = stored(timezone.now())
    for start in range(0, len(ordered), ROWS_PER_STATEMENT):
        rows = [_row(change, now, stored) for change in ordered[start : start + ROWS_PER_STATEMENT]]
        values: list[Any] = []
        places = ",".join(_places(row, values) for row in rows)
        statement = f"INSERT INTO replica_product ({','.join(COLUMNS)}) VALUES {places} {_guard()}"  # noqa: S608  names of ours alone
        with connection.cursor() as cursor:
            cursor.execute(statement, values)


def _places(row: Sequence[Any], values: list[Any]) -> str:
    """`(1,%s,NULL)`: numbers and NULL stand in the statement, since a driver takes longer to quote them than we do."""
    places = []
    for value in row:
        if value is None:
            places.append("NULL")
        elif type(value) is int:
            places.append(str(value))
        else:
            places.append("%s")
            values.append(value)
    return f"({','.join(places)})"


def _row(change: Change, now: Any, stored: Callable[[datetime], Any]) -> tuple[Any, ...]:
    """Values in the order of COLUMNS; a deletion keeps only what its tombstone needs."""
    data: ProductData = change.data
    if change.is_deletion:
        contents: tuple[Any, ...] = ("", "", None, "", None)
    else:
        contents = (data.title, data.description, data.price, data.image, data.sku)
    deleted_at = stored(change.at) if change.is_deletion else None
    times = (stored(data.created_at), stored(data.updated_at), deleted_at, now)
    return (data.id, *contents, *times, change.trace_id, data.version)


def _stored_time() -> Callable[[datetime], Any]:
    """How a time is written here, as Django's own adapters do it, with less ado.

    It raises OverflowError for what UTC cannot say: PostgreSQL would store it, and no reader could read it again.
    """
    if connection.vendor == "postgresql":
        return lambda time: time.astimezone(UTC)
    # What ends in Z, as admin's do, is in UTC already: each look at a time zone costs.
    return lambda time: str(time if time.tzinfo is UTC else time.astimezone(UTC))[: -len("+00:00")]


def _guard() -> str:
    """Newer wins, in each database's words."""
    if connection.vendor == "mysql":
        newer = (f"{name}=IF(VALUES(version)>version,VALUES({name}),{name})" for name in CONTENTS)
        return f"ON DUPLICATE KEY UPDATE {','.join(newer)}"
    assigned = ",".join(f"{name}=excluded.{name}" for name in CONTENTS)
    return f"ON CONFLICT (id) DO UPDATE SET {assigned} WHERE excluded.version>replica_product.version"
