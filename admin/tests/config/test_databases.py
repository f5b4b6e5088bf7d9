import runpy
from typing import Any

import pytest
from config import databases
from config.databases import database, explain
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection

from tests.support import ADMIN


def test_a_url_says_where_the_database_is() -> None:
    settings = database("mysql://us%65r:p%40ss%2F@db.example.com:3307/admin")
    assert [settings[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "user", "p@ss/", "db.example.com", "3307", "admin",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "engine"),
    [
        ("sqlite:////tmp/a.sqlite3", "sqlite3"),
        ("mysql://u:p@db/a", "mysql"),
        ("mariadb://u:p@db/a", "mysql"),
        ("postgres://u:p@db/a", "postgresql"),
        ("postgresql://u:p@db/a", "postgresql"),
    ],
)
def test_a_scheme_says_what_it_is(url: str, engine: str) -> None:
    assert database(url)["ENGINE"].endswith(engine)


def test_what_the_outbox_relies_on_is_set() -> None:
    assert database("mysql://u:p@db/a")["OPTIONS"].items() >= {"isolation_level": "read committed"}.items()
    assert database("sqlite:///a")["OPTIONS"].items() >= {"transaction_mode": "IMMEDIATE"}.items()
    assert database("mysql://u:p@db/a")["ATOMIC_REQUESTS"] is False


def test_a_database_that_does_not_answer_is_not_waited_for_without_end() -> None:
    for url in ("mysql://u:p@db/a", "postgres://u:p@db/a"):
        assert database(url)["OPTIONS"]["connect_timeout"] == 10


def test_a_migration_may_take_as_long_as_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["manage.py", "migrate"])
    assert runpy.run_path(str(ADMIN / "config" / "databases.py"))["TIMEOUT_SECONDS"] == 3600


def test_a_url_may_set_options_of_its_own() -> None:
    options = database("mysql://u:p@db/a?read_timeout=3&ssl_mode=DISABLED")["OPTIONS"]
    assert (options["read_timeout"], options["ssl_mode"], options["charset"]) == (3, "DISABLED", "utf8mb4")


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


def test_a_missing_driver_is_said_with_its_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(databases.DRIVERS, "mysql", ("no_such_driver", "mysql"))
    with pytest.raises(ImproperlyConfigured, match=r"pip install -r requirements-mysql\.txt"):
        database("mysql://u:p@db/a")


@pytest.mark.parametrize("said", [(2002, "Can't\nconnect"), ("fatal:\n\tpassword\n",), ()])
def test_an_error_is_explained_in_one_line_without_the_password(
    monkeypatch: pytest.MonkeyPatch, said: tuple[Any, ...]
) -> None:
    there = {"HOST": "db", "PORT": "", "USER": "admin", "PASSWORD": "hunter2", "NAME": "shop"}
    for name, value in there.items():
        monkeypatch.setitem(connection.settings_dict, name, value)
    line = explain(OperationalError(*said))
    assert "admin@db:default port/shop" in line
    assert "\n" not in line
    assert "hunter2" not in line


@pytest.mark.django_db
def test_the_database_of_this_run_is_as_the_outbox_wants_it() -> None:
    asked = {
        "sqlite": ("PRAGMA journal_mode", "wal"),
        "mysql": ("SELECT @@SESSION.tx_isolation", "READ-COMMITTED"),
        "postgresql": ("SHOW transaction_isolation", "read committed"),
    }
    statement, wanted = asked[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.fetchone() == (wanted,)
