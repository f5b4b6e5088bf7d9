"""config.mysql: fewer round trips than Django's backend, and the same transactions."""

import socket
from collections.abc import Iterator
from typing import Any

import MySQLdb
import pytest
from catalogue.models import Product
from django.db import OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'mysql'", reason="of MariaDB alone"),
]


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Whatever goes to the server, COMMIT by its own call included."""
    connection.ensure_connection()
    seen: list[str] = []
    raw = connection.connection

    class Watched:
        def __getattr__(self, name: str) -> Any:
            if name in ("commit", "rollback", "ping", "autocommit"):
                seen.append(name)
            return getattr(raw, name)

        def query(self, query: Any) -> Any:
            seen.append(str(query)[:12])
            return raw.query(query)

    # Undone before the database is cleared, which may close the connection and must close the real one.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections["default"], "connection", Watched())
        yield seen


@transaction.atomic
def create_and_fail() -> None:
    Product.objects.create(title="Lantern")
    raise ZeroDivisionError


def test_a_transaction_costs_its_statements_and_two_more(statements: list[str]) -> None:
    with transaction.atomic():
        pass
    assert statements == ["BEGIN", "commit"]


def test_what_is_rolled_back_is_gone_and_the_next_statement_stands_by_itself() -> None:
    with pytest.raises(ZeroDivisionError):
        create_and_fail()
    assert not Product.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@autocommit, @@in_transaction")
        assert cursor.fetchone() == (1, 0)


def test_an_inner_block_is_rolled_back_alone() -> None:
    with transaction.atomic():
        Product.objects.create(title="Lamp")
        with pytest.raises(ZeroDivisionError):
            create_and_fail()
    assert [product.title for product in Product.objects.all()] == ["Lamp"]


def test_a_connection_that_the_server_has_closed_is_replaced_without_a_question() -> None:
    connection.ensure_connection()
    assert connection.is_usable()
    with connection.cursor() as cursor, pytest.raises(OperationalError):
        cursor.execute("KILL CONNECTION_ID()")
    assert not connection.is_usable()
    connection.close_if_unusable_or_obsolete()
    with CaptureQueriesContext(connection):
        assert not Product.objects.exists()


def test_a_connection_whose_socket_the_client_has_given_up_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    class GivenUp:
        def fileno(self) -> int:
            raise MySQLdb.OperationalError(2006, "")

    connection.ensure_connection()
    with monkeypatch.context() as patch:
        patch.setattr(connections["default"], "connection", GivenUp())
        assert not connection.is_usable()


def test_after_an_error_the_server_is_asked_since_the_sockets_number_may_be_anothers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection.ensure_connection()
    ours, theirs = socket.socketpair()

    class Gone:
        fileno = ours.fileno

        def ping(self) -> None:
            raise MySQLdb.OperationalError(2006, "Server has gone away")

    with ours, theirs, monkeypatch.context() as patch:
        patch.setattr(connections["default"], "connection", Gone())
        patch.setattr(connections["default"], "errors_occurred", True)
        assert not connection.is_usable()
