"""What a thousand events cost in statements and pieces sent: it is round trips that make or break the speed."""

import re
from typing import Any

import pytest
from access.models import Scope, Token
from catalogue.models import Product
from django.db import connection
from django.test.utils import CaptureQueriesContext
from outbox import publisher
from outbox.models import OutboxEvent
from rest_framework.test import APIClient

from tests.broker import Broker

TO_READ = ["access_token", "catalogue_product"]


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of what goes to the broker, each by a system call of its own."""
    sizes: list[int] = []
    emit = publisher.Connection._adapter_emit_data

    def watched(self: publisher.Connection, data: bytes) -> None:
        sizes.append(len(data))
        emit(self, data)

    monkeypatch.setattr(publisher.Connection, "_adapter_emit_data", watched)
    return sizes


@pytest.mark.django_db(transaction=True)
def test_the_relay_takes_eight_statements_and_ten_pieces_for_a_thousand_events(
    broker: Broker, relays: Any, pieces: list[int]
) -> None:
    broker.queue()
    Product.objects.bulk_create(Product(title="Lamp") for _ in range(1000))
    relay = relays()
    relay._lease.take()
    relay._publisher.open()
    pieces.clear()
    with CaptureQueriesContext(connection) as statements:
        relay.step()
    assert not OutboxEvent.objects.exists()
    # Three pages of which the last is empty; begin, the lease, the deletion, commit.
    assert len(statements) <= 8, [statement["sql"][:80] for statement in statements]
    assert len(pieces) <= 10


@pytest.mark.django_db(transaction=True)
def test_a_post_of_a_thousand_takes_nine_statements(client: APIClient) -> None:
    with CaptureQueriesContext(connection) as statements:
        assert client.post("/api/products", [{"title": "Lamp"}] * 1000).status_code == 201
    # Begin, the products at once or, on SQLite, in pieces; the events 200 at a time; commit.
    assert len(statements) <= 9 + (connection.vendor == "sqlite") * 10, [s["sql"][:80] for s in statements]


@pytest.mark.django_db(transaction=True)
def test_a_post_takes_its_two_inserts_in_one_transaction(client: APIClient) -> None:
    client.post("/api/products", {"title": "Lamp"})  # looks up whom to wake
    with CaptureQueriesContext(connection) as statements:
        assert client.post("/api/products", {"title": "Lamp"}).status_code == 201
    said = [statement["sql"] for statement in statements if not statement["sql"].startswith(("BEGIN", "COMMIT"))]
    assert [sql.split("(")[0].strip().replace("`", "").replace('"', "") for sql in said] == [
        "INSERT INTO catalogue_product",
        "INSERT INTO outbox_outboxevent",
    ]


@pytest.mark.django_db(transaction=True)
def test_sessions_cost_nothing_to_who_has_none(client: APIClient, settings: Any) -> None:
    settings.IS_OPEN = False
    _, key = Token.objects.create_key(name="a test", scope=Scope.WRITE)
    headers = {"HTTP_AUTHORIZATION": f"Bearer {key}"}
    client.post("/api/products", {"title": "Lamp"}, **headers)  # looks up whom to wake
    for method, tables in (("post", ["access_token", "catalogue_product", "outbox_outboxevent"]), ("get", TO_READ)):
        with CaptureQueriesContext(connection) as statements:
            answer = getattr(client, method)(
                "/api/products", {"title": "Lamp"} if method == "post" else None, **headers
            )
        assert answer.status_code < 300
        said = [re.search(r"(?:FROM|INTO) [`\"]?(\w+)", statement["sql"]) for statement in statements]
        assert [match[1] for match in said if match] == tables
        assert not answer.cookies
