"""The database under test, made to fail for real."""

import contextlib
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.db import connection
from django.db.backends.utils import CursorWrapper


@contextlib.contextmanager
def unreachable() -> Iterator[None]:
    """As after a crash of the server: the connection is gone, and a new one is refused."""
    take_away()
    try:
        yield
    finally:
        give_back()


_reachable: dict[str, Any] = {}


def take_away() -> None:
    settings: dict[str, Any] = connection.settings_dict
    _reachable.update({name: settings[name] for name in ("NAME", "PORT")})
    connection.close()
    if connection.vendor == "sqlite":
        settings["NAME"] += ".missing/service.sqlite3"
    else:
        settings["PORT"] = str(closed_port())


def give_back() -> None:
    """May be said twice."""
    connection.close()
    connection.settings_dict.update(_reachable)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def kill_own_connection() -> None:
    """From outside and in the middle of what it does, as a server does that goes down."""
    if connection.vendor == "sqlite":
        connection.connection.close()
        return
    own = "connection_id()" if connection.vendor == "mysql" else "pg_backend_pid()"
    kill = "KILL %s" if connection.vendor == "mysql" else "SELECT pg_terminate_backend(%s, 5000)"
    with connection.cursor() as cursor, another() as killer:
        cursor.execute(f"SELECT {own}")
        killer.execute(kill, cursor.fetchone())


def lose_idle_connection() -> None:
    """As after a restart of the server, or its idle time-out. A file has neither."""
    if connection.vendor != "sqlite":
        kill_own_connection()


def wait_for_locks(*, seconds: int) -> None:
    """How long the connection of this thread waits for a lock; PostgreSQL takes a second to see a deadlock."""
    statement = {
        "sqlite": f"PRAGMA busy_timeout = {200 * seconds + 1}",
        "mysql": f"SET innodb_lock_wait_timeout = {seconds}",
        "postgresql": f"SET lock_timeout = '{2000 * seconds + 1}ms'",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(statement)


@contextlib.contextmanager
def another() -> Iterator[CursorWrapper]:
    """A cursor on a second connection; each statement is a transaction, unless it says BEGIN."""
    second = connection.copy()
    try:
        with second.cursor() as cursor:
            yield cursor
    finally:
        second.close()


def url() -> str:
    """DATABASE_URL of the database under test, for a process of the test's own."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    user = f"{quote(settings['USER'], '')}:{quote(settings['PASSWORD'], '')}"
    scheme = {"mysql": "mysql", "postgresql": "postgres"}[connection.vendor]
    return f"{scheme}://{user}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
