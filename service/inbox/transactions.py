"""One transaction, tried again where another one was in its way; what else goes wrong is told apart."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from config.databases import explain
from django.db import DataError, Error, IntegrityError, OperationalError, connection, transaction
from processes import alive
from processes.activity import activity

T = TypeVar("T")
ATTEMPTS = 5
# After which none begins: an attempt may wait as long for a lock as the database lets it, and a page's request for all.
LONGEST_SECONDS = 10.0
# What mysqlclient calls an OperationalError though one row is at fault: text or time that a column cannot hold.
OF_ONE_ROW = {1267, 1292, 1300, 1366}
# Deadlock and lock wait timeout of MariaDB and MySQL; serialization failure, deadlock and lock timeout of PostgreSQL.
CONFLICTS = {
    1213: "deadlock",
    1205: "lock_timeout",
    "40001": "serialization",
    "40P01": "deadlock",
    "55P03": "lock_timeout",
}


class DatabaseUnavailable(Exception):
    """The copy's database cannot take this now; nothing is lost or half applied. Try the same again."""


def committed(work: Callable[[], T]) -> T:
    """What `work` returns, once it is committed. Raises DatabaseUnavailable, and whatever is the fault of one row."""
    began = time.monotonic()
    for attempt in range(1, ATTEMPTS + 1):
        alive.note()
        try:
            with transaction.atomic():
                return work()
        except (DataError, IntegrityError):
            raise
        except Error as error:
            if error.args and error.args[0] in OF_ONE_ROW:
                raise
            is_last = attempt == ATTEMPTS or time.monotonic() - began >= LONGEST_SECONDS
            if is_last or not (conflict := _conflict(error)):
                raise DatabaseUnavailable(explain(error)) from error
            activity.errors[conflict] += 1
            time.sleep(random.uniform(0.01, 0.05) * attempt)
    raise AssertionError("unreachable")


def _conflict(error: Error) -> str:
    """How another transaction was in the way, by the drivers' codes (SQLite has only words); empty: none was."""
    if connection.vendor == "sqlite":
        return "locked" if isinstance(error, OperationalError) and "locked" in str(error) else ""
    codes = (*error.args[:1], getattr(error.__cause__, "sqlstate", None))
    return next((CONFLICTS[code] for code in codes if code in CONFLICTS), "")
