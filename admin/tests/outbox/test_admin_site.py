"""The outbox in the pages: to look at."""

import pytest
from catalogue.models import Product
from django.contrib.auth.models import User
from django.utils import timezone
from outbox.models import OutboxEvent
from outbox.queries import waiting

from tests.conftest import browser
from tests.support import told

pytestmark = pytest.mark.django_db
LIST = "/admin/outbox/outboxevent/"


def test_what_waits_is_listed_with_its_reason(boss: User) -> None:
    Product.objects.create(title="Lamp")
    OutboxEvent.objects.update(attempts=10, reason="refused", last_error="too <large>", held_at=timezone.now())
    event = OutboxEvent.objects.get()
    page = browser(boss)
    text = page.get(LIST).content.decode()
    for words in ("product.created.v1", f"product {event.aggregateid}", "Refused", "too &lt;large&gt;", ">10<"):
        assert words in text
    assert "Lamp" in page.get(f"{LIST}{event.pk}/change/").content.decode()


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
