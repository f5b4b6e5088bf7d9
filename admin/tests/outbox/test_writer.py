from typing import Any

import pytest
from django.db import transaction
from outbox import wakeup, writer
from outbox.envelope import Event
from outbox.models import OutboxEvent
from outbox.publisher import routing_key
from outbox.writer import OutsideTransaction

from tests.support import recorded


def an_event(id: int = 1, **data: Any) -> Event:
    return Event(aggregatetype="product", aggregateid=str(id), action="created", version=1, time="now", data=data)


@pytest.fixture
def wakes(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether a transaction was open, each time somebody was woken."""
    seen: list[bool] = []
    monkeypatch.setattr(writer, "wake", lambda: seen.append(transaction.get_connection().in_atomic_block))
    return seen


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused() -> None:
    with pytest.raises(OutsideTransaction, match=r"transaction\.atomic"):
        writer.write(events=[an_event()])
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db
def test_a_row_says_what_its_event_says() -> None:
    writer.write(events=[an_event(7, title="💡")])
    row = OutboxEvent.objects.get()
    (event,) = recorded()
    assert (row.aggregatetype, row.aggregateid, row.type) == ("product", "7", event["type"])
    assert (str(row.event_id), routing_key(row.type)) == (event["id"], "product.created")
    assert event["data"] == {"title": "💡"}
    assert (row.attempts, row.next_attempt_at, row.reason, row.held_at) == (0, None, "", None)
    assert str(row) == f"{row.type} 7"


@pytest.mark.django_db
def test_events_are_stored_in_their_order_by_few_statements(django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(20):
        writer.write(events=[an_event(id) for id in range(1000)])
    assert [event["subject"] for event in recorded()] == [str(id) for id in range(1000)]


@pytest.mark.django_db
def test_each_event_has_an_id_of_its_own() -> None:
    writer.write(events=[an_event(), an_event()])
    assert len({event["id"] for event in recorded()}) == 2


@pytest.mark.django_db(transaction=True)
def test_a_commit_wakes_and_a_rollback_does_not(wakes: list[bool]) -> None:
    with transaction.atomic():
        writer.write(events=[an_event()])
        assert wakes == []
    assert wakes == [False]
    with transaction.atomic():
        writer.write(events=[an_event()])
        transaction.set_rollback(True)
    assert (wakes, OutboxEvent.objects.count()) == ([False], 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("broker_url", ["", "amqp://broker"])
def test_a_wake_up_that_fails_harms_nobody(
    settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broker_url: str
) -> None:
    def fail(*args: Any) -> None:
        raise OSError("no route")

    settings.BROKER_URL = broker_url
    monkeypatch.setattr(wakeup, "_relay_address", fail)
    monkeypatch.setattr(wakeup, "_written", None)
    later: list[str] = []
    with transaction.atomic():
        writer.write(events=[an_event()])
        transaction.on_commit(lambda: later.append("called"))
    assert later == ["called"]
    assert OutboxEvent.objects.count() == 1
