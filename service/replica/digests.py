"""What a range of products amounts to, computed inside the database, as contract/digests.md lays it down."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

# A text by its MD5, so that none can pass for two; money in cents; times in UTC to the microsecond; none as "-".
ROW = {
    "sqlite": "id||'|'||version||'|'||MD5(title)||'|'||MD5(description)"
    "||'|'||COALESCE(CAST(ROUND(price*100) AS INTEGER),'-')||'|'||MD5(image)||'|'||COALESCE(MD5(sku),'-')"
    "||'|'||SUBSTR(REPLACE(created_at,' ','T')||'.000000',1,26)"
    "||'|'||SUBSTR(REPLACE(updated_at,' ','T')||'.000000',1,26)",
    "mysql": "CONCAT_WS('|',id,version,MD5(title),MD5(description),COALESCE(CAST(price*100 AS SIGNED),'-'),"
    "MD5(image),COALESCE(MD5(sku),'-'),DATE_FORMAT(created_at,'%%Y-%%m-%%dT%%H:%%i:%%s.%%f'),"
    "DATE_FORMAT(updated_at,'%%Y-%%m-%%dT%%H:%%i:%%s.%%f'))",
    "postgresql": "CONCAT_WS('|',id,version,MD5(title),MD5(description),COALESCE((price*100)::bigint::text,'-'),"
    "MD5(image),COALESCE(MD5(sku),'-'),TO_CHAR(created_at AT TIME ZONE 'UTC','YYYY-MM-DD\"T\"HH24:MI:SS.US'),"
    "TO_CHAR(updated_at AT TIME ZONE 'UTC','YYYY-MM-DD\"T\"HH24:MI:SS.US'))",
}
# Eight hexadecimal digits as a number.
NUMBER = {
    "sqlite": "HEX_NUMBER({})",
    "mysql": "CAST(CONV({},16,10) AS UNSIGNED)",
    "postgresql": "('x'||{})::bit(32)::bigint",
}
LIVING = "replica_product WHERE deleted_at IS NULL"  # a tombstone is no product


@dataclass(frozen=True, slots=True)
class Digest:
    """`count` products with `after` < id <= `to` (None: no end), and the checksum of their contents."""

    after: int
    to: int | None
    count: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Row:
    id: int
    version: int
    checksum: str


def digest(*, after: int, to: int | None, limit: int) -> Digest:
    """Of the first `limit` products of the range: `to` is then the last one's id, and as given where all are in it."""
    within, values = _between(after, to)
    last = _fetch(f"SELECT id FROM {LIVING}{within} ORDER BY id LIMIT 1 OFFSET %s", [*values, limit - 1])
    to = last[0][0] if last else to
    within, values = _between(after, to)
    hashes = f"SELECT MD5({ROW[connection.vendor]}) AS hash FROM {LIVING}{within}"
    sums = ",".join(f"COALESCE(SUM({NUMBER[connection.vendor].format(f'SUBSTR(hash,{at},8)')}),0)" for at in (1, 9))
    ((count, first, second),) = _fetch(f"SELECT COUNT(*),{sums} FROM ({hashes}) AS hashes", values)
    return Digest(after=after, to=to, count=count, checksum=f"{int(first):x}-{int(second):x}")


def rows(*, after: int, to: int | None, limit: int) -> list[Row]:
    within, values = _between(after, to)
    return _rows(f"{within} ORDER BY id LIMIT %s", [*values, limit])


def rows_of(ids: Sequence[int]) -> list[Row]:
    return _rows(f" AND id IN ({','.join(['%s'] * len(ids))}) ORDER BY id", ids) if ids else []


def _rows(condition: str, values: Sequence[int]) -> list[Row]:
    query = f"SELECT id,version,MD5({ROW[connection.vendor]}) FROM {LIVING}{condition}"
    return [Row(*row) for row in _fetch(query, values)]


def _between(after: int, to: int | None) -> tuple[str, list[int]]:
    return (" AND id>%s", [after]) if to is None else (" AND id>%s AND id<=%s", [after, to])


def _fetch(query: str, values: Sequence[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


@receiver(connection_created)
def teach_numbers(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """SQLite reads no hexadecimal digits; MD5 it has from Django."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("HEX_NUMBER", 1, lambda digits: int(digits, 16), deterministic=True)
