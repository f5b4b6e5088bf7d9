from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from tests.database import unreachable


@pytest.mark.parametrize("path", ["/healthz", "/healthz/"])
def test_healthz_answers_without_the_database(client: Client, path: str) -> None:
    """pytest-django refuses every query here."""
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_readyz_is_200_while_the_database_answers(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "database": "ok"})


@pytest.mark.django_db(transaction=True)
def test_readyz_is_503_without_the_database_and_200_again_with_it(client: Client) -> None:
    with unreachable():
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
        assert client.get("/healthz").status_code == 200
        assert client.get("/api/products").status_code == 503
    connection.close()
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_readyz_is_503_when_the_database_takes_connections_and_answers_nothing(client: Client) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError(2013, "no answer")

    with connection.execute_wrapper(fail):
        assert client.get("/readyz").status_code == 503


@pytest.mark.django_db
def test_a_probe_comes_by_an_address_that_allowed_hosts_need_not_name(client: Client) -> None:
    assert client.get("/readyz", headers={"host": "10.1.2.3"}).status_code == 200
    assert client.get("/api/products", headers={"host": "10.1.2.3"}).status_code == 400
