"""One transaction, tried again where another one was in its way; what else goes wrong is told apart."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from config.databases import explain
from django.db import DataError, Error, IntegrityError, OperationalError, connection, transaction
from processes import alive

T = TypeVar("T")
ATTEMPTS = 5
# What mysqlclient calls an OperationalError though one row is at fault: text or time that a column cannot hold.
OF_ONE_ROW = {1267, 1292, 1300, 1366}
# Deadlock and lock wait timeout of MariaDB and MySQL; serialization failure, deadlock and lock timeout of PostgreSQL.
CONFLICTS = {1213, 1205, "40001", "40P01", "55P03"}


class DatabaseUnavailable(Exception):
    """The copy's database cannot take this now; nothing is lost or half applied. Try the same again."""


def committed(work: Callable[[], T]) -> T:
    """What `work` returns, once it is committed. Raises DatabaseUnavailable, and whatever is the fault of one row."""
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
            if attempt == ATTEMPTS or not _is_conflict(error):
                raise DatabaseUnavailable(explain(error)) from error
            time.sleep(random.uniform(0.01, 0.05) * attempt)
    raise AssertionError("unreachable")


def _is_conflict(error: Error) -> bool:
    """Whether another transaction was in the way, by the drivers' codes (SQLite has only words)."""
    cause = error.__cause__
    codes = {*error.args[:1], getattr(cause, "sqlstate", None)}
    is_locked = connection.vendor == "sqlite" and isinstance(error, OperationalError) and "locked" in str(error)
    return bool(codes & CONFLICTS) or is_locked
