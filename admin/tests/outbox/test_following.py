"""One event on its way out: its traceparent in envelope and header, and its lines at DEBUG."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from catalogue.models import Product
from django.db import transaction
from outbox.envelope import Event, seal, traceparent
from outbox.models import OutboxEvent
from rest_framework.test import APIClient

from tests.broker import Broker
from tests.contract import ENVELOPE, example, problems
from tests.support import recorded

ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{ID}-b7ad6b7169203331-01"
HOSTILE = f'lamp","traceparent":"{TRACEPARENT}"}}'


@pytest.fixture
def debug(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG, logger="outbox"):
        yield caplog


def lines(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, Any]]:
    found = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    return [line for line in found if line["event"] == event]


@pytest.mark.django_db
def test_the_envelope_has_it_last_where_it_is_found_without_reading(client: APIClient) -> None:
    client.post("/api/products", {"title": HOSTILE, "sku": HOSTILE[:64]}, HTTP_TRACEPARENT=TRACEPARENT)
    sealed = OutboxEvent.objects.get().payload
    assert list(json.loads(sealed))[-1] == "traceparent"
    assert traceparent(sealed) == json.loads(sealed)["traceparent"] == TRACEPARENT
    assert problems(json.loads(sealed), ENVELOPE) == []
    assert json.loads(sealed).keys() == example("product.updated.v1.traceparent").keys()


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["title", "description", "sku"])
def test_text_that_looks_like_one_is_none(field: str) -> None:
    Product.objects.create(**{"title": "Lamp", field: HOSTILE[-64:] if field == "sku" else HOSTILE})
    assert traceparent(OutboxEvent.objects.get().payload) == ""


@pytest.mark.parametrize("said", [TRACEPARENT, TRACEPARENT[:54], HOSTILE, HOSTILE[1:]])
def test_what_ends_the_data_is_none_either(said: str) -> None:
    data = {"a": 1, "traceparent": said}
    event = Event(aggregatetype="product", aggregateid="1", action="created", version=1, time="now", data=data)
    assert traceparent(seal(event)[1]) == ""


@pytest.mark.django_db(transaction=True)
def test_a_message_says_it_in_a_header_where_there_is_one(broker: Broker, relays: Any, client: APIClient) -> None:
    queue = broker.queue()
    client.post("/api/products", {"title": "Lamp"}, HTTP_TRACEPARENT=TRACEPARENT)
    Product.objects.create(title="Another")
    relays().step()
    traced, other = broker.take(queue, 2)
    assert traced.properties.headers == {"traceparent": TRACEPARENT}
    assert json.loads(traced.body)["traceparent"] == TRACEPARENT
    assert other.properties.headers is None


@pytest.mark.django_db(transaction=True)
def test_at_debug_each_event_has_a_line_where_it_is_written_and_where_it_is_published(
    broker: Broker, relays: Any, client: APIClient, debug: pytest.LogCaptureFixture
) -> None:
    queue = broker.queue("product.created")
    created = client.post("/api/products", [{"title": "Lamp"}] * 2, HTTP_TRACEPARENT=TRACEPARENT).json()
    written = lines(debug, "event written")
    assert [(line["subject"], line["version"], line["trace_id"]) for line in written] == [
        (str(product["id"]), 1, ID) for product in created
    ]
    assert [line["event_id"] for line in written] == [event["id"] for event in recorded()]
    Product.objects.filter(id=created[0]["id"]).update(title="Lamp 2")  # which no queue takes
    relays().step()
    published = lines(debug, "event published")
    assert sorted(line["event_id"] for line in published) == sorted(line["event_id"] for line in written)
    assert {line["trace_id"] for line in published} == {ID}
    assert len(broker.take(queue, 2)) == 2


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_has_no_line(debug: pytest.LogCaptureFixture) -> None:
    with transaction.atomic():
        Product.objects.create(title="Lamp")
        transaction.set_rollback(True)
    assert lines(debug, "event written") == []


@pytest.mark.django_db(transaction=True)
def test_otherwise_nothing_is_made_ready_for_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(sealed: str) -> None:
        raise AssertionError("costs something")

    monkeypatch.setattr("outbox.following._about", make)
    Product.objects.create(title="Lamp")
    assert OutboxEvent.objects.count() == 1
