"""The database is away: the requests end with a 503 in JSON, and nothing is half done."""

from collections.abc import Callable, Iterator

import pytest
from catalogue.models import Product
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from tests.support import told

pytestmark = pytest.mark.django_db(transaction=True)
Away = Callable[[], None]


@pytest.fixture
def away(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Away]:
    """Takes the database away: a closed port, or a folder that is not there."""
    nowhere = {"NAME": "/nowhere/a.sqlite3"} if connection.vendor == "sqlite" else {"HOST": "127.0.0.1", "PORT": "1"}

    def take_away() -> None:
        connection.close()
        for name, value in nowhere.items():
            monkeypatch.setitem(connection.settings_dict, name, value)

    yield take_away
    connection.close()
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/products"),
        ("post", "/api/products"),
        ("get", "/api/products/1"),
        ("put", "/api/products/1"),
        ("patch", "/api/products/1"),
        ("delete", "/api/products/1"),
    ],
)
def test_a_request_without_the_database_is_a_503(
    client: APIClient, away: Away, caplog: pytest.LogCaptureFixture, method: str, path: str
) -> None:
    away()
    answer = getattr(client, method)(path, {"title": "Lamp"} if method != "get" else None)
    assert (answer.status_code, answer["Content-Type"], answer["Retry-After"]) == (503, "application/problem+json", "2")
    assert answer.json() == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "The database does not answer. Try again.",
        "code": "database_away",
    }
    (line,) = [record.getMessage() for record in caplog.records if record.name == "config.errors"]
    assert "database failed" in line
    assert "Check DATABASE_URL" in line
    assert (connection.settings_dict["PASSWORD"] or "no password") not in line


def test_a_pull_without_the_database_is_a_503(client: APIClient, embedded: None, away: Away) -> None:
    away()
    assert client.post("/api/subscriptions/service/pull", {"position": 0}).status_code == 503


def test_a_database_that_is_not_migrated_is_a_503(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Product._meta, "db_table", "not_there_yet")
    assert client.get("/api/products").status_code == 503
    assert client.post("/api/products", {"title": "Lamp"}).status_code == 503


def test_the_next_request_succeeds_once_it_is_back(
    client: APIClient, away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    away()
    assert client.post("/api/products", {"title": "Lamp"}).status_code == 503
    connection.close()
    monkeypatch.undo()
    assert client.post("/api/products", {"title": "Lamp"}).status_code == 201
    assert (Product.objects.count(), len(told())) == (1, 1)


def test_probes_tell_alive_from_ready(client: APIClient, away: Away) -> None:
    assert client.get("/readyz").json() == {"status": "ready", "database": "ok"}
    away()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "database": "does not answer"})
    assert client.get("/healthz").status_code == 200


def test_a_connection_alone_does_not_make_ready(client: APIClient) -> None:
    """It may be open here while the server at its other end is gone."""

    def is_gone(*args: object) -> None:
        raise OperationalError("server has gone away")

    with connection.execute_wrapper(is_gone):
        assert client.get("/readyz").status_code == 503


def test_a_database_without_our_tables_does_not_make_ready(client: APIClient) -> None:
    with CaptureQueriesContext(connection) as asked:
        client.get("/readyz")
    assert Product._meta.db_table in asked.captured_queries[-1]["sql"]
