"""DATABASE_URL as Django's DATABASES entry, with the options that the inbox and the replica rely on."""

import sys
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection

ENGINES = {
    "sqlite": "django.db.backends.sqlite3",
    "mysql": "config.mysql",
    "mariadb": "config.mysql",
    "postgres": "django.db.backends.postgresql",
    "postgresql": "django.db.backends.postgresql",
}
DRIVERS = {"mysql": ("MySQLdb", "mysql"), "postgresql": ("psycopg", "postgres")}
# A paused database must not hold a request for ever; a migration may take as long as it needs.
TIMEOUT_SECONDS = 3600 if "migrate" in sys.argv[1:2] else 10


def database(url: str) -> dict[str, Any]:
    """Django's settings for the database at `url`; raises ImproperlyConfigured where the URL makes no sense."""
    scheme = url.partition(":")[0]
    if scheme not in ENGINES:
        raise ImproperlyConfigured(
            f"DATABASE_URL starts with {scheme!r}; write sqlite:///path, mysql://user:password@host:3306/name "
            "or postgres://user:password@host:5432/name."
        )
    try:
        settings: dict[str, Any] = environ.Env.db_url_config(url, engine=ENGINES[scheme])
        port = urlsplit(url).port
    except ValueError as error:
        # Not what the parser says: with an odd character in it, part of the password would pass for the port.
        raise ImproperlyConfigured(
            "DATABASE_URL cannot be read: percent-encode odd characters in user and password, and check the port."
        ) from error
    if settings["NAME"] in ("", ":memory:"):
        raise ImproperlyConfigured(
            "DATABASE_URL names no database that lasts: write its name, or the path of its file."
        )
    vendor = ENGINES[scheme].rpartition(".")[2]
    _require_driver(vendor)
    settings["PORT"] = str(port or "")
    if vendor == "mysql" and settings["HOST"] == "localhost" and port:
        settings["HOST"] = "127.0.0.1"  # MariaDB's client takes "localhost" for its socket, whatever the port
    settings["OPTIONS"] = OPTIONS[vendor] | {k: _number(v) for k, v in settings.get("OPTIONS", {}).items()}
    return settings | {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}


def explain(error: Error) -> str:
    """One line for the person who meets a database error: which database, what it said, what to look at."""
    settings = connection.settings_dict
    where = settings["NAME"]
    if settings["HOST"]:
        where = f"{settings['USER']}@{settings['HOST']}:{settings['PORT'] or 'default port'}/{where}"
    said = " ".join(str(part) for part in error.args) or type(error).__name__
    return f"database {where} failed: {' '.join(said.split())}. Check DATABASE_URL and that it runs and is migrated."


def _require_driver(vendor: str) -> None:
    module, extra = DRIVERS.get(vendor, ("", ""))
    try:
        if module:
            __import__(module)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"DATABASE_URL needs the driver {module}, which cannot be loaded ({error}): "
            f"pip install -r requirements-{extra}.txt"
        ) from error


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdigit() else value


OPTIONS: dict[str, dict[str, Any]] = {
    # IMMEDIATE: two writers wait for each other instead of failing "database is locked" when a reader turns writer.
    "sqlite3": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL;"},
    # UTC: times are compared with the database's clock, which a daylight-saving switch must not move.
    "mysql": {
        "charset": "utf8mb4",
        "isolation_level": "read committed",
        "init_command": "SET time_zone = '+00:00'",
        "connect_timeout": TIMEOUT_SECONDS,
        "read_timeout": TIMEOUT_SECONDS,
        "write_timeout": TIMEOUT_SECONDS,
    },
    "postgresql": {
        "connect_timeout": TIMEOUT_SECONDS,
        "tcp_user_timeout": TIMEOUT_SECONDS * 1000,
        "options": f"-c statement_timeout={TIMEOUT_SECONDS}s -c lock_timeout={TIMEOUT_SECONDS}s",
    },
}
