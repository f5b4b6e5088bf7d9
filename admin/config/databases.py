"""DATABASE_URL as Django's DATABASES entry, with the options that the outbox and the inbox rely on."""

import os
import sys
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.db import DataError, Error, IntegrityError, connection

ENGINES = {
    "sqlite": "django.db.backends.sqlite3",
    "mysql": "config.mysql",
    "mariadb": "config.mysql",
    "postgres": "django.db.backends.postgresql",
    "postgresql": "django.db.backends.postgresql",
}
# Where a database's TLS has its files, and the one way to use it: with the certificate and its host name checked. Below
# that MariaDB's client, and PostgreSQL's by default, go on in plain text with a server that has no TLS, or with whoever
# says so in its place: ssl_mode=REQUIRED too, as seen with libmariadb 3.3.
TLS_FILES = {"mysql": ("ssl_ca", "ssl_cert", "ssl_key"), "postgresql": ("sslrootcert", "sslcert", "sslkey")}
TLS_MODES = {"mysql": ("ssl_mode", "VERIFY_IDENTITY", "DISABLED"), "postgresql": ("sslmode", "verify-full", "disable")}
TLS_ADVICE = "Check the server's certificate: its CA, its dates, and that it names this host"
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
    asked = _verified(vendor, settings.get("OPTIONS", {}))
    settings["OPTIONS"] = OPTIONS[vendor] | {k: _number(v) for k, v in asked.items()}
    return settings | {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}


def explain(error: Error) -> str:
    """One line for the person who meets a database error: which database, what it said, what to look at."""
    settings = connection.settings_dict
    where = settings["NAME"]
    if settings["HOST"]:
        where = f"{settings['USER']}@{settings['HOST']}:{settings['PORT'] or 'default port'}/{where}"
    said = " ".join(str(part) for part in error.args) or type(error).__name__
    if isinstance(error, DataError | IntegrityError):
        return f"database {where} refused a row: {' '.join(said.split())}. Mend what it names: nothing was written."
    is_tls = any(word in said for word in ("SSL", "certificate"))
    advice = TLS_ADVICE if is_tls else "Check DATABASE_URL and that it runs and is migrated"
    return f"database {where} failed: {' '.join(said.split())}. {advice}."


def _verified(vendor: str, options: dict[str, Any]) -> dict[str, Any]:
    """The URL's options with TLS as it asks for it: checked in full, or none."""
    if vendor not in TLS_MODES:
        return options
    files = {name: options[name] for name in TLS_FILES[vendor] if name in options}
    for name, path in files.items():
        if path != "system" and not os.access(path, os.R_OK):  # "system": PostgreSQL's word for what the machine trusts
            raise ImproperlyConfigured(f"DATABASE_URL: {name} names a file that is not there or cannot be read.")
    name, verified, disabled = TLS_MODES[vendor]
    mode = options.get(name, verified if files else disabled)
    if mode not in (verified, disabled) or (mode == disabled and files) or "ssl" in options:
        raise ImproperlyConfigured(
            f"DATABASE_URL: with TLS the server is always checked; write {name}={verified}, or leave {name} out."
        )
    if mode == disabled:
        return options
    if vendor == "postgresql":
        return options | {name: verified}
    others = {key: value for key, value in options.items() if key not in files}
    return others | {name: verified, "ssl": {key.removeprefix("ssl_"): path for key, path in files.items()}}


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
    # UTC: the lease compares the database's clock with itself, which a daylight-saving switch must not move.
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
