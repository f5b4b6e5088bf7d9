"""Held and released by a person, beside a relay that goes on."""

from typing import Any

import pytest
from django.db.models.functions import Now
from outbox import operations
from outbox.batches import claim
from outbox.lease import from_now
from outbox.models import OutboxEvent, Reason

from tests.broker import Broker
from tests.outbox.test_relay import lamps

pytestmark = pytest.mark.django_db(transaction=True)
EVERY = OutboxEvent.objects


@pytest.fixture
def with_broker(settings: Any) -> None:
    settings.BROKER_URL = "amqp://nobody@127.0.0.1:1/none"


def test_a_held_event_stays_and_says_who_held_it_and_why(with_broker: None) -> None:
    a, b, c = lamps(3)
    assert operations.hold(EVERY.filter(id__in=[a.id, c.id]), by="ada", because="a wrong price") == 2
    assert [row.id for row in claim(limit=9)] == [b.id]
    a.refresh_from_db()
    assert a.held_at is not None
    assert a.last_error == "Held by ada: a wrong price"


def test_who_held_it_first_stays_named(with_broker: None) -> None:
    (row,) = lamps(1)
    operations.hold(EVERY.all(), by="ada", because="first")
    assert operations.hold(EVERY.all(), by="bob", because="second") == 0
    row.refresh_from_db()
    assert row.last_error == "Held by ada: first"


def test_what_is_released_goes_at_once(with_broker: None) -> None:
    held, refused, waiting, other = lamps(4)
    operations.hold(EVERY.filter(id=held.id), by="ada", because="x" * 1000)
    EVERY.filter(id=refused.id).update(held_at=Now(), reason=Reason.REFUSED, last_error="It may be too large.")
    EVERY.filter(id__in=[waiting.id, other.id]).update(next_attempt_at=from_now(60))
    assert operations.release(EVERY.exclude(id=other.id)) == 3
    assert [row.id for row in claim(limit=9)] == [held.id, refused.id, waiting.id]
    said = dict(EVERY.values_list("id", "last_error"))
    assert (said[held.id], said[refused.id]) == ("", "It may be too large.")


def test_more_than_a_page_are_all_meant(with_broker: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "PAGE", 2)
    lamps(5)
    assert operations.hold(EVERY.all(), by="ada", because="") == 5
    assert operations.release(EVERY.all()) == 5


def test_without_a_broker_nothing_is_held(embedded: None) -> None:
    lamps(1)
    with pytest.raises(operations.NoHold, match="subscribers pull every event"):
        operations.hold(EVERY.all(), by="ada", because="")
    assert EVERY.filter(held_at=None).count() == 1


def test_a_release_wakes_the_relay(with_broker: None, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[str] = []
    monkeypatch.setattr(operations, "wake", lambda: woken.append("woken"))
    lamps(1)
    operations.release(EVERY.all())
    assert woken == ["woken"]


def test_what_is_held_while_it_is_out_stays_held(broker: Broker, relays: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker sends it back: the relay must not set it free with its next attempt."""
    broker.queue("product.nothing")
    (row,) = lamps(1)
    relay = relays()
    publish = relay._publish

    def held_meanwhile(events: Any) -> Any:
        outcomes = publish(events)
        operations.hold(EVERY.all(), by="ada", because="just now")
        return outcomes

    monkeypatch.setattr(relay, "_publish", held_meanwhile)
    relay.step()
    row.refresh_from_db()
    assert row.held_at is not None
    assert row.last_error == "Held by ada: just now"
