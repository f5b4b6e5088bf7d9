"""Subscriptions and bounds over HTTP: from where a subscriber can go on, and what still waits."""

from typing import Any

import pytest
from catalogue.models import Product
from django.utils import timezone
from outbox.models import OutboxEvent, Subscription
from rest_framework.test import APIClient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("embedded")]
BOUNDS = "/api/outbox/bounds"


@pytest.fixture(autouse=True)
def development(settings: Any) -> None:
    """What pytest-django turns off."""
    settings.DEBUG = True


def events(count: int = 1) -> list[int]:
    for _ in range(count):
        Product.objects.create(title="Lamp")
    return list(OutboxEvent.objects.order_by("-id").values_list("id", flat=True)[:count])[::-1]


def subscribe(client: APIClient, position: int, name: str = "service") -> int:
    answer = client.put(f"/api/subscriptions/{name}", {"position": position})
    assert answer.status_code == 200
    assert Subscription.objects.get(name=name).position == answer.json()["position"]
    return int(answer.json()["position"])


def pull(client: APIClient, position: int, name: str = "service") -> Any:
    return client.post(f"/api/subscriptions/{name}/pull", {"position": position})


def pass_all(client: APIClient, name: str = "service") -> int:
    newest = int(pull(client, 0, name)["Lockstep-Position"])
    pull(client, newest, name)
    return newest


def test_the_first_subscriber_begins_at_the_beginning(client: APIClient) -> None:
    ids = events(2)
    assert subscribe(client, 0) == 0
    assert len(pull(client, 0).json()) == len(ids)


def test_a_position_that_can_be_reached_is_kept(client: APIClient) -> None:
    a, b, _ = events(3)
    pull(client, 0)
    pull(client, a)
    assert subscribe(client, a) == a
    assert subscribe(client, b) == b
    assert [int(event["subject"]) for event in pull(client, b).json()] != []


def test_a_late_subscriber_is_sent_to_the_newest_and_gets_all_from_then_on(client: APIClient) -> None:
    events(2)
    passed = pass_all(client)
    (waiting,) = events()
    assert subscribe(client, 0, "late") == waiting > passed
    (new,) = events()
    answer = pull(client, waiting, "late")
    assert (len(answer.json()), answer["Lockstep-Position"]) == (1, str(new))


def test_a_subscriber_is_sent_to_the_newest_also_where_nothing_waits(client: APIClient) -> None:
    events(2)
    passed = pass_all(client)
    assert subscribe(client, 0, "late") == passed
    assert subscribe(client, 2**63 - 1, "lost") == passed
    (new,) = events()
    assert pull(client, passed, "late")["Lockstep-Position"] == str(new)


def test_an_emptied_copy_is_sent_to_the_newest(client: APIClient) -> None:
    events(2)
    passed = pass_all(client)
    assert pull(client, 0).status_code == 410
    assert subscribe(client, 0) == passed
    assert pull(client, passed).status_code == 200


def test_a_copy_that_is_ahead_of_a_restored_admin_is_sent_back(client: APIClient) -> None:
    (newest,) = events()
    assert subscribe(client, newest + 100) == newest
    assert pull(client, newest).status_code == 200


def test_with_another_that_is_further_behind_an_older_position_can_be_reached_again(client: APIClient) -> None:
    a, _, c = events(3)
    pull(client, 0, "behind")
    subscribe(client, c)
    assert subscribe(client, a) == a
    assert len(pull(client, a).json()) == 2


def test_subscribing_deletes_nothing(client: APIClient) -> None:
    ids = events(3)
    subscribe(client, 2**62)
    assert OutboxEvent.objects.count() == len(ids)


def test_what_a_new_subscriber_waits_for_is_kept_when_the_other_passes_it(client: APIClient) -> None:
    events()
    pass_all(client)
    position = subscribe(client, 0, "late")
    (new,) = events()
    pull(client, new)
    assert OutboxEvent.objects.filter(id=new).exists()
    assert len(pull(client, position, "late").json()) == 1


@pytest.mark.parametrize(
    "body",
    [{}, [], "x", *({"position": odd} for odd in (-1, 2**63, None, "9" * 5000, "\u00b2", [], True))],
)
def test_a_bad_body_is_a_400(client: APIClient, body: Any) -> None:
    answer = client.put("/api/subscriptions/service", body)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert not Subscription.objects.exists()


def test_with_a_broker_a_subscription_is_a_409_and_bounds_are_answered(client: APIClient, settings: Any) -> None:
    settings.BROKER_URL = "amqp://user:hunter2@broker"
    answer = client.put("/api/subscriptions/service", {"position": 0})
    assert answer.status_code == 409
    assert "hunter2" not in answer.content.decode()
    assert not Subscription.objects.exists()
    assert client.get(BOUNDS).json() == {"oldest": 0, "newest": 0, "is_feed": False}


def test_other_methods_and_names_are_refused(client: APIClient) -> None:
    assert client.get("/api/subscriptions/service").status_code == 405
    assert client.post(BOUNDS).status_code == 405
    assert client.put("/api/subscriptions/UPPER", {"position": 0}).status_code == 404


def test_bounds_are_the_oldest_that_goes_out_by_itself_and_the_newest(client: APIClient) -> None:
    assert client.get(BOUNDS).json() == {"oldest": 0, "newest": 0, "is_feed": True}
    a, b, c = events(3)
    assert client.get(BOUNDS).json() == {"oldest": a, "newest": c, "is_feed": True}
    OutboxEvent.objects.filter(id=a).update(held_at=timezone.now())
    assert client.get(BOUNDS).json() == {"oldest": b, "newest": c, "is_feed": True}
    OutboxEvent.objects.filter(id=c).update(held_at=timezone.now())
    assert client.get(BOUNDS).json() == {"oldest": b, "newest": c, "is_feed": True}
    OutboxEvent.objects.filter(id=b).delete()
    assert client.get(BOUNDS).json() == {"oldest": 0, "newest": c, "is_feed": True}
