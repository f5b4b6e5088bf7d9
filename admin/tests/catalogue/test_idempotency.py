"""Idempotency-Key: a POST that is sent again creates nothing more."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from access.models import Token
from catalogue.models import IdempotentAnswer, Product
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from tests.support import told

pytestmark = pytest.mark.django_db


def post(client: APIClient, body: Any, key: str = "k-1", **headers: Any) -> Any:
    return client.generic(
        "POST", "/api/products", json.dumps(body), "application/json", HTTP_IDEMPOTENCY_KEY=key, secure=True, **headers
    )


@pytest.mark.parametrize("body", [{"title": "Lamp", "sku": "L-1", "price": "1.50"}, [{"title": "A"}, {"title": "B"}]])
def test_the_same_again_is_answered_as_before(client: APIClient, body: Any) -> None:
    first, again = post(client, body), post(client, body)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.json(), first.get("ETag")) == (again.json(), again.get("ETag"))
    assert ("Idempotency-Replayed" in first, again["Idempotency-Replayed"]) == (False, "true")
    assert Product.objects.count() == len(told()) == (2 if isinstance(body, list) else 1)


def test_the_same_key_with_another_body_is_a_422(client: APIClient) -> None:
    post(client, {"title": "Lamp"})
    answer = post(client, {"title": "Lantern"})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_used")
    assert Product.objects.count() == 1


def test_a_key_of_a_request_that_failed_is_free(client: APIClient) -> None:
    assert post(client, {"title": ""}).status_code == 400
    assert post(client, {"title": "Lamp"}).status_code == 201


def test_keys_differ_by_case_and_by_token(client: APIClient, settings: Any) -> None:
    settings.IS_OPEN = False
    tokens = [Token.objects.create_key(name="a test", scope="write")[1] for _ in range(2)]
    answers = [
        post(client, {"title": "Lamp"}, key, HTTP_AUTHORIZATION=f"Bearer {token}")
        for token in tokens
        for key in ("k", "K")
    ]
    assert len({answer.json()["id"] for answer in answers}) == 4


def test_a_key_is_forgotten_after_a_day(client: APIClient) -> None:
    post(client, {"title": "Lamp"})
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert "Idempotency-Replayed" not in post(client, {"title": "Lamp"})
    assert IdempotentAnswer.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\x00"])
def test_a_key_that_is_none_is_a_400(client: APIClient, key: str) -> None:
    assert post(client, {"title": "Lamp"}, key).status_code == 400
    assert Product.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_at_once_create_one(client: APIClient) -> None:
    def create(_: int) -> int:
        try:
            return int(post(APIClient(), {"title": "Lamp", "sku": "L-1"}).json()["id"])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(create, range(4)))
    assert len(ids) == Product.objects.count() == len(told()) == 1


def test_keys_differ_by_user(client: APIClient, settings: Any) -> None:
    """Boss's product is not the answer to Ann, who was never told of it."""
    settings.IS_OPEN = False
    created = []
    for name in ("ann", "boss"):
        client.force_login(User.objects.create_superuser(name))
        created.append(post(client, {"title": "Lamp"}).json()["id"])
    assert len(set(created)) == 2
