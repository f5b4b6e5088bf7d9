"""What differs on service: its half, who may see its pages, and the repair of one product. Admin tests the rest."""

from collections.abc import Iterator
from typing import Any

import pytest
from config import sync
from console import other_side
from console.models import AuditEntry
from console.other_side import Away
from django.utils import timezone
from processes.models import Pause
from replica.models import Product

from tests.people import browser, person

pytestmark = pytest.mark.django_db
PRODUCT = "/admin/sync/products/17"
AWAY = Away("admin at http://127.0.0.1:8000 gives no answer (refused)")
MOMENT = "2026-01-02T03:04:05.678901Z"


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[dict[str, Any]]:
    """What admin answers, by the path's beginning; nothing at first. Here no broker is used."""
    settings.BROKER_URL = ""
    answers: dict[str, Any] = {}

    def ask(path: str) -> Any:
        for beginning, answer in answers.items():
            if path.startswith(beginning):
                return answer
        raise AWAY

    monkeypatch.setattr(other_side, "ask", ask)
    return answers


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


TABLE = [
    ("GET", "/admin/", (302, 200, 200, 200)),
    ("GET", PRODUCT, (302, 403, 200, 200)),
    ("POST", "/admin/sync/pause", (302, 403, 403, 302)),
    ("POST", "/admin/sync/resume", (302, 403, 403, 302)),
    ("GET", "/admin/console/auditentry/", (302, 403, 403, 200)),
]


@pytest.mark.parametrize(("method", "path", "codes"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE])
def test_the_table_of_who_may_what(method: str, path: str, codes: tuple[int, ...]) -> None:
    watcher = person("watcher", may=("view_process",))
    users = (None, person("newcomer"), watcher, person("boss", is_superuser=True))
    assert tuple(browser(user).generic(method, path).status_code for user in users) == codes


def test_the_half_has_the_fields_that_the_console_reads() -> None:
    told = sync.half()
    shared = {"side", "at", "version", "mode", "console", "products", "processes", "paused", "minutes"}
    assert set(told) == shared | {"broker", "feed", "dead_letters", "drift"}
    assert set(told["dead_letters"]) == {"total", "by_reason", "oldest_at"}


def test_where_admin_gives_no_answer_the_page_says_what_it_knows() -> None:
    page = text(browser(person("watcher", may=("view_process",))).get("/admin/"))
    assert "Stopped: no consumer runs (none has in the last day)" in page
    assert "Cannot tell: admin gives no answer" in page
    assert "Every event that arrived could be applied." in page


def test_a_consumer_is_paused_and_resumed() -> None:
    client = browser(person("operator", may=("view_process", "pause_process")))
    assert "Pause the consumer" in text(client.get("/admin/"))
    client.post("/admin/sync/pause", {"reason": "maintenance"})
    assert Pause.objects.get().role == "consumer"
    assert "Stopped: the consumer was paused by operator at" in text(client.get("/admin/"))
    client.post("/admin/sync/resume")
    assert list(AuditEntry.objects.order_by("id").values_list("action", "target")) == [
        ("pause", "consumer"),
        ("resume", "consumer"),
    ]


def test_a_product_that_differs_is_repaired_from_its_page_by_who_may(asked: dict[str, Any]) -> None:
    moments = dict.fromkeys(("created_at", "updated_at", "applied_at"), timezone.now())
    Product.objects.create(id=17, title="Lamp", version=1, **moments)
    asked["/api/sync/products/17"] = {"product": {"title": "Lump", "version": 2, "updated_at": MOMENT}, "waiting": []}
    page = text(browser(person("watcher", may=("view_process",))).get(PRODUCT))
    assert "has left the outbox and is not applied" in page
    assert "Repair this one" not in page
    page = text(browser(person("boss", is_superuser=True)).get(PRODUCT))
    assert 'action="/admin/replica/driftcheck/start/"' in page
    assert 'name="ids" value="17"' in page
    assert 'name="kind" value="repair"' in page


def test_a_copy_that_is_ahead_takes_admin_s_older_state_after_one_has_said_that_it_was_restored(
    asked: dict[str, Any],
) -> None:
    moments = dict.fromkeys(("created_at", "updated_at", "applied_at"), timezone.now())
    Product.objects.create(id=17, title="Lamp", version=7, **moments)
    asked["/api/sync/products/17"] = {"product": {"title": "Lamp", "version": 2, "updated_at": MOMENT}, "waiting": []}
    page = text(browser(person("boss", is_superuser=True)).get(PRODUCT))
    assert "The copy is newer than admin, which seems to have been restored from a backup" in page
    assert '<input type="checkbox" name="kind" value="repair_downward" required>' in page
    assert "Admin was restored from a backup: take its older state" in page
    assert 'name="kind" value="repair"' not in page
    page = text(browser(person("watcher", may=("view_process",))).get(PRODUCT))
    assert "repair_downward" not in page
