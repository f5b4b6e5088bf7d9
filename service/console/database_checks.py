"""The database as this service needs it: its version, how it isolates, what it holds, its clock."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from config.databases import explain
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from console.findings import Finding, failed, ok, warning

# bulk_create must give the ids back: INSERT … RETURNING.
OLDEST = {"SQLite": (3, 35), "MariaDB": (10, 6), "PostgreSQL": (14,)}
CLOCK_SECONDS = 5.0
PACKET = 16 * 1024 * 1024
BUSY_SECONDS = 20
READ_COMMITTED = "read committed"


def database() -> Iterator[Finding]:
    try:
        connection.ensure_connection()
    except Error as error:
        yield failed("database", explain(error), "Nothing works without it: mend this first.")
        return
    yield ok("database", _where())
    yield _version()
    yield from {"sqlite": _sqlite, "mysql": _mariadb, "postgresql": _postgres}[connection.vendor]()


def migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in plan[:3])
        more = f" and {len(plan) - 3} more" if len(plan) > 3 else ""
        yield failed("migrations", f"not applied: {names}{more}", "Run manage.py migrate.")
    else:
        yield ok("migrations", "all are applied")


def clock() -> Iterator[Finding]:
    """Lags are measured from admin's clock to service's; leases go by the database's own."""
    if connection.vendor == "sqlite":
        return
    sql = "SELECT UTC_TIMESTAMP(6)" if connection.vendor == "mysql" else "SELECT clock_timestamp()"
    theirs: datetime = _ask(sql)
    theirs = theirs.replace(tzinfo=UTC) if theirs.tzinfo is None else theirs
    seconds = (theirs - timezone.now()).total_seconds()
    if abs(seconds) > CLOCK_SECONDS:
        said = f"the database's is {seconds:+.1f} s from this machine's"
        yield warning("clock", said, "Let both machines follow NTP; ages and lags are wrong by so much meanwhile.")
    else:
        yield ok("clock", f"the database's agrees with this machine's ({seconds:+.1f} s)")


def _where() -> str:
    at = connection.settings_dict
    return f"answers: {at['USER']}@{at['HOST']}/{at['NAME']}" if at["HOST"] else f"answers: {at['NAME']}"


def _version() -> Finding:
    name, text = _server()
    found = tuple(int(part) for part in re.findall(r"\d+", text)[:2])
    if name not in OLDEST:
        return failed("database version", f"{name} {text}", "MySQL gives no ids back: use MariaDB, or PostgreSQL.")
    oldest = ".".join(map(str, OLDEST[name]))
    if found < OLDEST[name]:
        return failed("database version", f"{name} {text}", f"Upgrade it: {name} {oldest} is the oldest that will do.")
    return ok("database version", f"{name} {text}, {oldest} or newer is wanted")


def _server() -> tuple[str, str]:
    match connection.vendor:
        case "mysql":
            version = str(_ask("SELECT VERSION()"))
            return ("MariaDB" if "mariadb" in version.lower() else "MySQL"), version.partition("-")[0]
        case "postgresql":
            return "PostgreSQL", str(_ask("SHOW server_version"))
    return "SQLite", str(_ask("SELECT sqlite_version()"))


def _sqlite() -> Iterator[Finding]:
    mode = str(_ask("PRAGMA journal_mode"))
    if mode == "wal":
        yield ok("database journal", "WAL: readers and the writer do not wait for each other")
    else:
        mend = "Put the file on a local disk: WAL needs shared memory, which network file systems lack."
        yield failed("database journal", f"{mode}, not WAL", mend)
    waits = int(_ask("PRAGMA busy_timeout")) / 1000
    if waits < BUSY_SECONDS:
        yield warning("database timeout", f"a writer waits {waits:g} s", "Take timeout out of DATABASE_URL.")
    else:
        yield ok("database timeout", f"a writer waits up to {waits:g} s for another one")


def _mariadb() -> Iterator[Finding]:
    yield _isolation(str(_ask("SHOW VARIABLES LIKE 'tx\\_isolation'", column=1)).replace("-", " ").lower())
    charset, collation = _row("SELECT @@character_set_database, @@collation_database")
    if charset != "utf8mb4":
        mend = f"ALTER DATABASE `{connection.settings_dict['NAME']}` CHARACTER SET utf8mb4; before it has tables."
        yield failed("database charset", f"{charset}, which takes no emoji and no Cyrillic", mend)
    else:
        yield ok("database charset", f"{charset}; texts are compared by {collation}")
    packet, waits = _row("SELECT @@max_allowed_packet, @@innodb_lock_wait_timeout")
    if int(packet) < PACKET:
        said = f"max_allowed_packet is {int(packet) // 1024:,} KiB"
        yield failed("database packets", said, "Set max_allowed_packet=16M at least, or large batches fail.")
    else:
        yield ok("database packets", f"up to {int(packet) // (1024 * 1024):,} MiB")
    yield _timeout(f"a row's lock is waited for {waits} s")


def _postgres() -> Iterator[Finding]:
    yield _isolation(str(_ask("SHOW transaction_isolation")))
    encoding = str(_ask("SHOW server_encoding"))
    if encoding != "UTF8":
        mend = "Make the database anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
        yield failed("database charset", encoding, mend)
    else:
        yield ok("database charset", encoding)
    yield _timeout(f"a row's lock is waited for {_ask('SHOW lock_timeout')}")


def _isolation(found: str) -> Finding:
    if found != READ_COMMITTED:
        mend = "Take isolation_level out of DATABASE_URL; no pool in between may change it."
        return failed("database isolation", f"{found}, not {READ_COMMITTED}", mend)
    return ok("database isolation", found)


def _timeout(said: str) -> Finding:
    options = settings.DATABASES["default"].get("OPTIONS", {})
    if not (seconds := options.get("connect_timeout")):
        return warning("database timeout", "none for connecting", "Take connect_timeout out of DATABASE_URL.")
    return ok("database timeout", f"connecting may take {seconds} s; {said}")


def _ask(sql: str, *, column: int = 0) -> Any:
    return _row(sql)[column]


def _row(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()
