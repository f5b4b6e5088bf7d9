"""What stands in a database, where no HTTP shows it, and what is put there."""

import contextlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import MySQLdb  # type: ignore[import-untyped]


@contextlib.contextmanager
def connected(url: str) -> Iterator[Any]:
    """A connection of the test's own; without commit nothing stays."""
    parts = urlsplit(url)
    try:
        connection = MySQLdb.connect(
            host=parts.hostname,
            port=parts.port or 3306,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=parts.path.lstrip("/"),
            charset="utf8mb4",
            connect_timeout=10,
            read_timeout=120,
        )
    except MySQLdb.Error as error:
        raise ConnectionError(str(error)) from error  # what `eventually` waits through
    with contextlib.closing(connection):
        yield connection


def rows(url: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    with connected(url) as connection, connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def execute(url: str, *statements: str) -> None:
    """In one transaction, as far as MariaDB has them for such statements."""
    with connected(url) as connection:
        for statement in statements:
            connection.query(statement)
        connection.commit()


def value(url: str, query: str, *values: object) -> Any:
    return rows(url, query, *values)[0][0]
