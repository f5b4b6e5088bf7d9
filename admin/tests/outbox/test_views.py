"""The feed over HTTP."""

import json
from typing import Any

import pytest
from catalogue.models import Product
from outbox.models import OutboxEvent, Subscription
from rest_framework.test import APIClient

from tests.contract import ENVELOPE, problems
from tests.support import recorded, wrong

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("embedded")]
PULL = "/api/subscriptions/service/pull"


@pytest.mark.parametrize("slash", ["", "/"], ids=["no slash", "slash"])
def test_a_pull_answers_a_batch_of_cloud_events_and_a_position(client: APIClient, lamp: Product, slash: str) -> None:
    lamp.save()
    Product.objects.create(title="灯 💡")
    answer = client.post(PULL + slash, {"position": 0})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/cloudevents-batch+json")
    events = json.loads(answer.content.decode())
    assert events == recorded()
    assert [problems(event, ENVELOPE) for event in events] == [[], []]
    assert answer["Lockstep-Position"] == str(OutboxEvent.objects.latest("id").id)


def test_nothing_new_is_an_empty_batch(client: APIClient) -> None:
    answer = client.post(PULL, {"position": 0, "wait_seconds": 0, "limit": 1})
    assert (answer.status_code, answer.content, answer["Lockstep-Position"]) == (200, b"[]", "0")


def test_limit_and_wait_are_passed_on(client: APIClient, lamp: Product) -> None:
    for _ in range(3):
        lamp.save()
    assert len(client.post(PULL, {"position": 0, "limit": 2, "wait_seconds": 30}).json()) == 2


def test_each_name_is_a_subscription_of_its_own(client: APIClient) -> None:
    for name in ("a", "service-2", "x" * 63):
        assert client.post(f"/api/subscriptions/{name}/pull", {"position": 0}).status_code == 200
    assert set(Subscription.objects.values_list("name", flat=True)) == {"a", "service-2", "x" * 63}


@pytest.mark.parametrize("name", ["", "A", "2a", "-a", "a_b", "x" * 64, "ä", "a%00", "a/b"])
def test_another_name_is_a_404(client: APIClient, name: str) -> None:
    assert client.post(f"/api/subscriptions/{name}/pull", {"position": 0}).status_code == 404
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "position"),
        ({"position": -1}, "position"),
        ({"position": 2**63}, "position"),
        ({"position": "x"}, "position"),
        ({"position": None}, "position"),
        ({"position": True}, "position"),
        ({"position": 1.5}, "position"),
        ({"position": []}, "position"),
        ({"position": "9" * 5000}, "position"),
        ({"position": 0, "limit": 0}, "limit"),
        ({"position": 0, "limit": 5001}, "limit"),
        ({"position": 0, "limit": "many"}, "limit"),
        ({"position": 0, "wait_seconds": -1}, "wait_seconds"),
        ({"position": 0, "wait_seconds": 31}, "wait_seconds"),
        ({"position": 0, "wait_seconds": "inf"}, "wait_seconds"),
        ({"position": 0, "wait_seconds": "nan"}, "wait_seconds"),
        ({"position": 0, "wait_seconds": {}}, "wait_seconds"),
        ({"position": 0, "wait_seconds": True}, "wait_seconds"),
        ({"position": 0, "wait_seconds": "1"}, "wait_seconds"),
        ({"position": 0, "limit": "1"}, "limit"),
        ({"position": "0"}, "position"),
        ([], ""),
        ("x", ""),
    ],
)
def test_a_bad_body_is_a_400_that_names_the_field(client: APIClient, body: Any, field: str) -> None:
    answer = client.post(PULL, body)
    assert list(wrong(answer)) == [f"#/{field}" if field else "#"]
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'{"position": NaN}', b"\xff"])
def test_what_is_no_json_is_a_400(client: APIClient, body: bytes) -> None:
    answer = client.post(PULL, body, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_a_body_that_is_too_large_is_a_413(client: APIClient, settings: Any) -> None:
    body = b'{"position": 0}'.ljust(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    assert client.post(PULL, body, content_type="application/json").status_code == 413


def test_another_method_is_a_405(client: APIClient) -> None:
    assert client.get(PULL).status_code == 405


@pytest.mark.parametrize("position", [1, 2**63 - 1])
def test_a_position_that_is_not_of_this_feed_is_a_410_in_words(client: APIClient, position: int) -> None:
    answer = client.post(PULL, {"position": position})
    assert (answer.status_code, answer["Content-Type"]) == (410, "application/problem+json")
    assert str(position) in answer.json()["detail"]


def test_with_a_broker_a_pull_is_a_409_in_words(client: APIClient, settings: Any) -> None:
    settings.BROKER_URL = "amqp://user:hunter2@broker"
    answer = client.post(PULL, {"position": 0})
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert "BROKER_URL" in answer.json()["detail"]
    assert "hunter2" not in answer.json()["detail"]
    assert not Subscription.objects.exists()
