"""Probes. What /readyz says without the database, test_errors.py tests."""

import pytest
from rest_framework.test import APIClient

from tests.environment import NO_BROKER


@pytest.mark.parametrize("path", ["/healthz", "/healthz/"])
def test_a_living_process_says_so_without_its_database(client: APIClient, path: str) -> None:
    """Tests without their mark may not touch the database."""
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/readyz", "/readyz/"])
def test_a_process_is_ready_while_the_broker_is_not(client: APIClient, settings: object, path: str) -> None:
    assert getattr(settings, "BROKER_URL") == NO_BROKER  # noqa: B009
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "database": "ok"})


@pytest.mark.django_db
def test_a_probe_may_come_by_an_address_that_is_no_allowed_host(client: APIClient) -> None:
    assert client.get("/healthz", HTTP_HOST="10.0.0.7:8000").status_code == 200
    assert client.get("/readyz", HTTP_HOST="10.0.0.7:8000").status_code == 200
    assert client.get("/api/products", HTTP_HOST="10.0.0.7:8000").status_code == 400
