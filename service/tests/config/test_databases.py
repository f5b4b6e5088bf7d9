"""What the inbox and the replica rely on, asked of the database itself."""

import pytest
from config.databases import database, explain
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, transaction

ISOLATION = "WHERE variable_name IN ('tx_isolation', 'transaction_isolation')"  # the name is newer than 10.11
WANTED = {
    "sqlite": {"PRAGMA journal_mode": "wal", "PRAGMA busy_timeout": 20_000},
    "mysql": {
        f"SELECT variable_value FROM information_schema.session_variables {ISOLATION}": "READ-COMMITTED",
        "SELECT @@session.time_zone": "+00:00",
        "SELECT @@session.character_set_client": "utf8mb4",
        "SELECT @@session.sql_mode LIKE '%STRICT_TRANS_TABLES%'": 1,
    },
    "postgresql": {
        "SHOW transaction_isolation": "read committed",
        "SHOW statement_timeout": "10s",
        "SHOW lock_timeout": "10s",
        "SHOW server_encoding": "UTF8",
    },
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", WANTED[connection.vendor])
def test_a_connection_is_set_up_as_the_code_relies_on(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.fetchone()[0] == WANTED[connection.vendor][statement]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_on_sqlite_locks_from_its_beginning() -> None:
    """A reader that turns writer would fail at once, whatever the time-out."""
    assert connection.vendor != "sqlite" or connection.transaction_mode == "IMMEDIATE"


def test_options_in_the_url_come_on_top() -> None:
    options = database("sqlite:///some.sqlite3?timeout=5")["OPTIONS"]
    assert (options["timeout"], options["transaction_mode"]) == (5, "IMMEDIATE")


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        (f"mysql://u:p@db/a?ssl_ca={__file__}", {"ssl_mode": "VERIFY_IDENTITY", "ssl": {"ca": __file__}}),
        ("mysql://u:p@db/a?ssl_mode=VERIFY_IDENTITY", {"ssl_mode": "VERIFY_IDENTITY", "ssl": {}}),
        (f"postgres://u:p@db/a?sslrootcert={__file__}", {"sslmode": "verify-full", "sslrootcert": __file__}),
        ("postgres://u:p@db/a?sslrootcert=system", {"sslmode": "verify-full", "sslrootcert": "system"}),
    ],
)
def test_with_tls_the_server_is_checked_in_full(url: str, wanted: dict[str, object]) -> None:
    assert database(url)["OPTIONS"].items() >= wanted.items()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:p@db/a?ssl_mode=REQUIRED",
        "mysql://u:p@db/a?ssl_mode=VERIFY_CA",
        "mysql://u:p@db/a?ssl=true",
        f"mysql://u:p@db/a?ssl_mode=DISABLED&ssl_ca={__file__}",
        "mysql://u:p@db/a?ssl_ca=/nowhere/ca.pem",
        "postgres://u:p@db/a?sslmode=require",
        f"postgres://u:p@db/a?sslmode=prefer&sslrootcert={__file__}",
        "postgres://u:p@db/a?sslrootcert=/nowhere/ca.pem",
    ],
)
def test_tls_that_would_check_less_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL: .*ssl"):
        database(url)


def test_a_password_may_have_any_character() -> None:
    settings = database("mysql://us%40er:p%2F%3A%40%20%C3%A9@host:3307/name")
    assert (settings["USER"], settings["PASSWORD"], settings["HOST"]) == ("us@er", "p/:@ é", "host")
    assert (settings["PORT"], settings["NAME"]) == ("3307", "name")


@pytest.mark.parametrize("url", ["", "name", "oracle://host/name", "mysql://host/", "mysql://host:99999/name"])
def test_a_url_that_makes_no_sense_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        database(url)


def test_an_error_is_explained_in_one_line_that_names_the_database() -> None:
    said = explain(OperationalError(2006, "gone\nfor good"))
    assert connection.settings_dict["NAME"] in said
    assert "2006 gone for good" in said
    assert "\n" not in said
