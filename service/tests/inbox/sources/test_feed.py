"""The feed of a real admin, which knows nothing of these tests."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from inbox.conf import InboxConf
from inbox.consumer import Consumer
from inbox.models import FeedCursor
from inbox.processor import Processor
from inbox.routing import Outcome
from inbox.sources import SourceRefused, SourceUnavailable
from inbox.sources.feed import FeedSource
from inbox.transactions import DatabaseUnavailable
from pytest_django import Settings
from replica.models import Product

from tests.admin import Admin

pytestmark = pytest.mark.django_db
APPLIED = Outcome.APPLIED
MakeAdmin = Callable[..., Admin]


@pytest.fixture(scope="module")
def silent(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admin]:
    """An admin for tests that leave nothing in it: without a product, and without a word that moves its feed."""
    with Admin(template, tmp_path_factory.mktemp("silent")) as admin:
        yield admin


@pytest.fixture
def silent_url(silent: Admin, settings: Settings) -> str:
    settings.ADMIN_URL = silent.url
    return silent.url


def open_source() -> FeedSource:
    source = FeedSource()
    source.open()
    return source


def create(admin: Admin, count: int = 1) -> None:
    for number in range(count):
        admin.call("POST", "/api/products", title=f"Lamp {number}")


def refused(kind: type[SourceUnavailable] = SourceRefused) -> str:
    with pytest.raises(SourceUnavailable) as caught:
        open_source().receive(seconds=0)
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    return str(caught.value)


def shown(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "applied_at"} for row in answer["results"]]


@pytest.mark.django_db(transaction=True)
def test_it_follows_admin_through_create_update_and_delete(admin: Admin, client: Client) -> None:
    admin.call("POST", "/api/products", title="Lämp 💡", price="19.90", sku="L-1", image="https://example.com/é")
    create(admin, 3)
    admin.call("PATCH", "/api/products/1", title="Desk lamp", price="0.01")
    admin.call("DELETE", "/api/products/2")
    consumer = Consumer(source=FeedSource())
    consumer.step(seconds=0)
    assert consumer.outcomes == {APPLIED: 4, Outcome.STALE: 2}
    assert shown(client.get("/api/products").json()) == admin.call("GET", "/api/products")["results"]
    admin.call("DELETE", "/api/products/1")
    consumer.step(seconds=0)
    assert [row["id"] for row in client.get("/api/products").json()["results"]] == [3, 4]


def test_a_slower_consumer_beside_another_does_not_set_the_cursor_back(admin: Admin) -> None:
    """Admin has deleted what the faster one acknowledged: from further back there is no going on."""
    create(admin)
    slow, fast = open_source(), open_source()
    held = slow.receive(seconds=0)
    create(admin, 2)
    Processor().process(fast.receive(seconds=0), note=fast.note)
    fast.acknowledge()
    position = FeedCursor.objects.get().position
    with pytest.raises(SourceUnavailable, match="another consumer"):
        Processor().process(held, note=slow.note)
    assert FeedCursor.objects.get().position == position
    assert [row["id"] for row in admin.call("GET", "/api/products")["results"]] == [
        product.pk for product in Product.objects.all()
    ]


@pytest.mark.django_db(transaction=True)
def test_once_tells_that_admin_could_not_be_reached(settings: Settings) -> None:
    settings.ADMIN_URL = "http://127.0.0.1:1"
    assert Consumer(source=FeedSource()).run(once=True) is False


def test_a_batch_has_the_size_that_is_asked_for(admin: Admin, settings: Settings) -> None:
    settings.INBOX = InboxConf(batch=10)
    create(admin, 25)
    source = open_source()
    sizes = []
    while deliveries := source.receive(seconds=0):
        sizes.append(len(deliveries))
        Processor().process(deliveries, note=source.note)
        source.acknowledge()
    assert sizes == [10, 10, 5]
    assert Product.objects.count() == 25


def test_the_cursor_is_committed_with_the_rows_or_not_at_all(admin: Admin) -> None:
    create(admin, 2)
    source = open_source()
    deliveries = source.receive(seconds=0)

    def fail() -> None:
        source.note()
        raise OperationalError(2006, "gone before the commit")

    with pytest.raises(DatabaseUnavailable):
        Processor().process(deliveries, note=fail)
    assert (Product.objects.count(), FeedCursor.objects.get().position) == (0, 0)
    Processor().process(deliveries, note=source.note)
    assert (Product.objects.count(), FeedCursor.objects.get().position) == (2, 2)


def test_what_was_not_committed_is_pulled_again(admin: Admin) -> None:
    create(admin, 2)
    first = open_source().receive(seconds=0)
    again = open_source().receive(seconds=0)
    assert [delivery.body for delivery in again] == [delivery.body for delivery in first]
    assert {delivery.source for delivery in again} == {"feed:service"}


def test_what_was_committed_before_a_crash_never_comes_again(admin: Admin) -> None:
    """Killed between the commit and the pull that would tell admin."""
    create(admin, 2)
    source = open_source()
    Processor().process(source.receive(seconds=0), note=source.note)
    create(admin)
    restarted = open_source()
    assert Processor().process(restarted.receive(seconds=0), note=restarted.note) == {APPLIED: 1}
    restarted.acknowledge()
    assert restarted.receive(seconds=0) == []


def test_admin_may_be_away_for_a_while(admin: Admin) -> None:
    create(admin)
    source = open_source()
    Processor().process(source.receive(seconds=0), note=source.note)
    source.acknowledge()
    create(admin)
    admin.stop()
    with pytest.raises(SourceUnavailable, match=r"admin at http://127\.0\.0\.1:\d+ \(ADMIN_URL\) gives no answer"):
        source.receive(seconds=0)
    admin.start()
    assert Processor().process(source.receive(seconds=0), note=source.note) == {APPLIED: 1}


def test_an_event_arrives_while_it_is_waited_for(admin: Admin) -> None:
    source = open_source()
    assert source.receive(seconds=0) == []
    timer = threading.Timer(0.3, create, [admin])
    timer.start()
    began = time.monotonic()
    assert len(source.receive(seconds=30)) == 1
    assert time.monotonic() - began < 1.8
    timer.join()


@pytest.mark.usefixtures("silent_url")
def test_nothing_new_is_no_events_after_two_seconds_at_most() -> None:
    began = time.monotonic()
    assert open_source().receive(seconds=30) == []
    assert 1.5 < time.monotonic() - began < 6


@pytest.mark.usefixtures("silent_url")
def test_a_cursor_that_is_not_of_this_feed_is_refused_with_what_to_do() -> None:
    FeedCursor.objects.create(name="service", position=7)
    said = refused()
    assert "answered 410: admin's feed cannot continue from position 7; run manage.py bootstrap_replica" in said


def test_a_wrong_path_is_refused(silent_url: str, settings: Settings) -> None:
    settings.ADMIN_URL = f"{silent_url}/elsewhere"
    assert "answered 404: ADMIN_URL is not admin's base URL" in refused()


def test_an_admin_with_a_broker_is_refused(make_admin: MakeAdmin) -> None:
    make_admin(BROKER_URL="amqp://127.0.0.1/")
    assert "answered 409: admin publishes to a broker: set the same BROKER_URL here" in refused()


def test_a_closed_admin_wants_an_operators_token_and_never_says_it(make_admin: MakeAdmin, settings: Settings) -> None:
    admin = make_admin(DEBUG="0", SECRET_KEY="abcde" * 10, ALLOWED_HOSTS="127.0.0.1")
    assert "answered 401: set ADMIN_TOKEN to a valid one" in refused()
    settings.ADMIN_TOKEN = "hunter2"
    assert "hunter2" not in refused()
    settings.ADMIN_TOKEN = admin.make_token("read")
    assert "answered 403: the token in ADMIN_TOKEN lacks the scope `operate`" in refused()
    settings.ADMIN_TOKEN = admin.make_token("operate")
    assert open_source().receive(seconds=0) == []
