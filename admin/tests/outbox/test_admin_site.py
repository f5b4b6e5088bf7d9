"""The outbox in the pages: what waits and why, and what people may do to it."""

from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from catalogue.models import Product
from console.models import AuditEntry
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from outbox import listing, queries
from outbox.models import OutboxEvent
from outbox.queries import Waiting, waiting

from tests.conftest import browser, person
from tests.support import told

pytestmark = pytest.mark.django_db
LIST = "/admin/outbox/outboxevent/"


@pytest.fixture(autouse=True)
def with_broker(settings: Any) -> None:
    """Named, and never spoken to by the pages."""
    settings.BROKER_URL = "amqp://user:hunter2@127.0.0.1:1/"
    cache.clear()


@pytest.fixture
def worker(db: None) -> Client:
    return browser(person("ada", may=("view_outboxevent", "work_outboxevent")))


def waiting_rows(*states: dict[str, Any]) -> list[OutboxEvent]:
    return [
        OutboxEvent.objects.create(
            event_id=uuid4(),
            aggregatetype="product",
            aggregateid=str(number),
            type="lockstep.catalogue.product.updated.v1",
            payload='{"subject": "1", "sequence": "00000000000000000007", "data": {"title": "Lamp"}}',
            **state,
        )
        for number, state in enumerate(states, 1)
    ]


def page(client: Client, path: str = "") -> str:
    answer = client.get(LIST + path)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def said(client: Client, answer: Any) -> str:
    assert answer.status_code == 302
    return unescape(client.get(answer.headers["Location"]).content.decode())


def test_what_waits_is_listed_with_its_reason(worker: Client) -> None:
    product = Product.objects.create(title="Lamp <script>alert(1)</script>")
    OutboxEvent.objects.update(attempts=10, reason="refused", last_error="too <large>", held_at=timezone.now())
    event = OutboxEvent.objects.get()
    text = worker.get(LIST).content.decode()
    place = f"/admin/sync/products/{product.pk}"
    for words in (f"product {product.pk}", "too &lt;large&gt;", "10 times", ">held<", place):
        assert words in text
    text = worker.get(f"{LIST}{event.pk}/change/").content.decode()
    assert "Lamp &lt;script&gt;" in text
    assert str(event.event_id) in text
    assert place in text


def test_the_numbers_on_top_lead_to_what_they_count(worker: Client) -> None:
    now = timezone.now()
    waiting_rows({}, {"reason": "nacked"}, {"reason": "refused", "held_at": now}, {"reason": "unroutable"}, {})
    assert {one["state"]: one["count"] for one in listing.strip()} == {
        "waiting": 4,
        "unroutable": 1,
        "nacked": 1,
        "refused": 0,
        "held": 1,
    }
    for one in listing.strip():
        text = page(worker, f"?state={one['state']}")
        assert text.count('name="id"') == one["count"], one


def test_a_filter_that_makes_no_sense_asks_for_nothing(worker: Client) -> None:
    waiting_rows({}, {})
    assert page(worker, "?state=lost&after=x").count('name="id"') == 2
    assert page(worker, "?product=2").count('name="id"') == 1
    assert "None of these." in page(worker, "?product=99")
    assert worker.get(f"{LIST}?product=%00&after={'9' * 40}").status_code == 200


def test_a_long_backlog_is_listed_page_by_page_without_being_counted(worker: Client) -> None:
    waiting_rows(*[{} for _ in range(listing.SHOWN + 1)])
    page(worker)  # remembers the numbers on top
    with CaptureQueriesContext(connection) as asked:
        text = page(worker)
    assert not any("COUNT" in query["sql"] and "outbox_outboxevent" in query["sql"] for query in asked)
    last = OutboxEvent.objects.order_by("id").values_list("id", flat=True)[listing.SHOWN - 1]
    assert text.count('name="id"') == listing.SHOWN
    assert f"&after={last}" in text
    assert page(worker, f"?after={last}").count('name="id"') == 1


def test_an_empty_outbox_says_so(worker: Client) -> None:
    assert "everything is delivered" in page(worker)


def test_marked_events_are_held_with_a_reason_and_let_go_again(worker: Client) -> None:
    first, second, third = waiting_rows({}, {}, {})
    marked = {"action": "hold", "id": [first.pk, second.pk], "marked": ""}
    assert "Hold 2 events?" in unescape(worker.post(f"{LIST}confirm/", marked).content.decode())
    answer = worker.post(
        f"{LIST}act/", {"action": "hold", "id": f"{first.pk},{second.pk}", "because": "a <new> schema"}
    )
    assert "2 held." in said(worker, answer)
    assert set(OutboxEvent.objects.filter(held_at=None)) == {third}
    assert OutboxEvent.objects.get(pk=first.pk).last_error == "Held by ada: a <new> schema"
    assert "Held by ada: a <new> schema" in page(worker, "?state=held")
    asked = unescape(worker.post(f"{LIST}confirm/", {"action": "hold", "all": ""}).content.decode())
    assert "Hold 1 event?" in asked
    assert "2 more are held already" in asked
    asked = unescape(worker.post(f"{LIST}confirm/", {"action": "retry", "all": "", "state": "held"}).content.decode())
    assert "Try 2 events now?" in asked
    assert "2 to be tried now." in said(
        worker, worker.post(f"{LIST}act/", {"action": "retry", "all": "", "state": "held"})
    )
    assert not OutboxEvent.objects.exclude(held_at=None).exists()
    assert list(AuditEntry.objects.order_by("id").values_list("actor", "via", "action", "target", "said")) == [
        ("ada", "console", "hold", "2 events", "2 held: a <new> schema"),
        ("ada", "console", "begin retry", "all held events", ""),
        ("ada", "console", "end retry", "all held events", "2 to be tried now"),
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("meant", [{"all": ""}, {"id": "{id}"}])
def test_what_cannot_be_noted_is_not_done(worker: Client, unnoted: None, meant: dict[str, str]) -> None:
    (event,) = waiting_rows({})
    fields = {name: value.format(id=event.pk) for name, value in meant.items()}
    assert worker.post(f"{LIST}act/", {"action": "hold", "because": "a test", **fields}).status_code == 503
    assert OutboxEvent.objects.get().held_at is None


def test_what_is_typed_with_a_nul_is_taken_without(worker: Client) -> None:
    (event,) = waiting_rows({})
    worker.post(f"{LIST}act/", {"action": "hold", "id": event.pk, "because": "a\0 te\0st", "product": "\0"})
    assert AuditEntry.objects.get().said == "1 held: a test"


def test_what_matches_the_filter_is_meant_and_nothing_else(worker: Client) -> None:
    later = timezone.now()
    waiting_rows({"reason": "nacked", "next_attempt_at": later}, {"next_attempt_at": later})
    worker.post(f"{LIST}act/", {"action": "retry", "all": "", "state": "nacked"})
    assert OutboxEvent.objects.filter(next_attempt_at=None).count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"action": "delete", "all": ""}, "choose"),
        ({"action": "hold", "all": ""}, "say why"),
    ],
)
def test_what_makes_no_sense_changes_nothing(worker: Client, fields: dict[str, str], words: str) -> None:
    waiting_rows({})
    before = OutboxEvent.objects.values().get()
    assert words in said(worker, worker.post(f"{LIST}act/", fields))
    assert OutboxEvent.objects.values().get() == before
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("ids", [[], ["x"], ["-1"], ["9" * 30], ["99999"]])
def test_nothing_is_asked_about_events_that_are_not_there(worker: Client, ids: list[str]) -> None:
    waiting_rows({})
    assert "Nothing was done" in said(worker, worker.post(f"{LIST}confirm/", {"action": "retry", "id": ids}))


@pytest.mark.usefixtures("embedded")
def test_without_a_broker_a_hold_is_refused_in_words(worker: Client) -> None:
    waiting_rows({})
    answer = worker.post(f"{LIST}act/", {"action": "hold", "all": "", "because": "a test"})
    assert "Without a broker nothing can be held" in said(worker, answer)
    text = page(worker)
    assert "There is no broker" in text
    assert 'name="action"' not in text
    assert not OutboxEvent.objects.exclude(held_at=None).exists()


def test_who_may_only_look_can_only_look(db: None) -> None:
    (event,) = waiting_rows({})
    client = browser(person("eve", may=("view_outboxevent",)))
    assert 'name="action"' not in page(client) + page(client, f"{event.pk}/change/")
    for path in ("confirm/", "act/"):
        assert client.post(LIST + path, {"action": "retry", "all": ""}).status_code == 403


def test_actions_are_by_post_and_with_the_token_against_forged_requests(boss: User) -> None:
    for path in ("confirm/", "act/"):
        assert browser(boss).get(LIST + path).status_code == 405
        assert browser(boss, enforce_csrf_checks=True).post(LIST + path, {"action": "retry"}).status_code == 403


def test_an_event_that_has_gone_out_is_a_404(worker: Client) -> None:
    assert worker.get(f"{LIST}12/change/").status_code == 404


@pytest.mark.parametrize("way", ["add/", "{id}/change/", "{id}/delete/", ""])
def test_nobody_adds_changes_or_deletes_there(boss: User, way: str) -> None:
    Product.objects.create(title="Lamp")
    before = OutboxEvent.objects.values().get()
    fields = {"action": "delete_selected", "_selected_action": [before["id"]], "post": "yes", "attempts": 3}
    assert browser(boss).post(LIST + way.format(id=before["id"]), fields).status_code in (200, 302, 403)
    assert OutboxEvent.objects.values().get() == before


def test_what_waits_is_told_by_aggregate() -> None:
    first, second = (Product.objects.create(title="Lamp") for _ in range(2))
    Product.objects.filter(pk=first.pk).update(price=1)
    OutboxEvent.objects.filter(aggregateid=first.pk).update(reason="nacked")
    found = waiting(aggregatetype="product", aggregateids=[str(first.pk), str(second.pk), "99999"])
    assert {key: (value.reason, value.is_held) for key, value in found.items()} == {
        str(first.pk): ("nacked", False),
        str(second.pk): ("", False),
    }
    assert waiting(aggregatetype="order", aggregateids=[str(first.pk)]) == {}
    assert waiting(aggregatetype="product", aggregateids=[]) == {}
    assert len(told()) == 3


def test_of_many_events_of_one_product_the_newest_are_told_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "LISTED", 2)
    rows = waiting_rows({}, {}, {})
    OutboxEvent.objects.update(aggregateid="7")
    found = queries.waiting_events(aggregatetype="product", aggregateid="7")
    assert [event["event_id"] for event in found] == [str(row.event_id) for row in rows[1:]]


def test_however_many_events_of_one_product_wait_the_database_sums_them_up() -> None:
    moment = timezone.now()
    rows = waiting_rows(
        {"reason": "nacked", "last_error": "full"}, {"held_at": moment}, {"reason": "unroutable"}, {}, {}
    )
    OutboxEvent.objects.update(aggregateid="7")
    with CaptureQueriesContext(connection) as asked:
        found = waiting(aggregatetype="product", aggregateids=["7", "8"])
    assert found == {"7": Waiting(since=rows[0].created_at, reason="unroutable", last_error="full", is_held=True)}
    assert "GROUP BY" in asked[0]["sql"]
    assert len(asked) == 2
