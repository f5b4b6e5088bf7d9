"""The pages as people get them: who may see what, what is shown, and what is done."""

from collections.abc import Iterator
from typing import Any

import pytest
from catalogue.models import Product
from console import other_side
from console.models import AuditEntry
from console.other_side import Away
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from processes.models import Pause, Process, State

from tests.conftest import browser, person
from tests.console.told import AWAY, SERVICE, changed

pytestmark = pytest.mark.django_db
PRODUCT = "/admin/sync/products/17"
HOSTILE = "<script>alert(1)</script>\u202e" + "x" * 9000


class OtherSide:
    """Service, as its answers are; Away where there is none."""

    def __init__(self) -> None:
        self.half: Any = changed(SERVICE, {"mode": "embedded", "broker": None, "at": timezone.now().isoformat()})
        self.product: Any = {"id": 17, "product": None, "deleted_at": None, "version": None, "dead_letters": []}
        self.asked: list[str] = []

    def ask(self, path: str) -> Any:
        self.asked.append(path)
        answer = self.product if "/products/" in path else self.half
        if isinstance(answer, Away):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[OtherSide]:
    found = OtherSide()
    monkeypatch.setattr(other_side, "ask", found.ask)
    return found


@pytest.fixture
def watcher(db: None) -> User:
    return person("watcher", may=("view_process",))


@pytest.fixture
def operator(db: None) -> User:
    return person("operator", may=("view_process", "pause_process"))


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


# Who may do what

EVERYBODY = ("stranger", "newcomer", "watcher", "operator", "boss")
TABLE = [
    ("GET", "/admin/", (302, 200, 200, 200, 200)),
    ("GET", PRODUCT, (302, 403, 200, 200, 200)),
    ("GET", "/admin/sync/products?id=17", (302, 403, 302, 302, 302)),
    ("POST", "/admin/sync/pause", (302, 403, 403, 302, 302)),
    ("POST", "/admin/sync/resume", (302, 403, 403, 302, 302)),
    ("GET", "/admin/sync/pause", (302, 405, 405, 405, 405)),
    ("POST", PRODUCT, (302, 405, 405, 405, 405)),
    ("GET", "/admin/console/auditentry/", (302, 403, 403, 403, 200)),
    ("GET", "/admin/console/auditentry/add/", (302, 403, 403, 403, 403)),
]


@pytest.mark.parametrize(("method", "path", "codes"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE])
def test_the_table_of_who_may_what(
    method: str, path: str, codes: tuple[int, ...], newcomer: User, watcher: User, operator: User, boss: User
) -> None:
    users = (None, newcomer, watcher, operator, boss)
    found = [browser(user).generic(method, path).status_code for user in users]
    assert dict(zip(EVERYBODY, found, strict=True)) == dict(zip(EVERYBODY, codes, strict=True))


def test_the_audit_takes_its_permission_alone() -> None:
    reader = browser(person("reader", may=("view_auditentry",)))
    assert reader.get("/admin/console/auditentry/").status_code == 200


def test_who_may_not_see_it_finds_the_usual_first_page(newcomer: User, service: OtherSide) -> None:
    assert "ls-sentence" not in text(browser(newcomer).get("/admin/"))
    assert service.asked == []


@pytest.mark.parametrize("path", ["/admin/sync/pause", "/admin/sync/resume"])
def test_a_forged_form_is_refused(operator: User, path: str) -> None:
    assert browser(operator, enforce_csrf_checks=True).post(path).status_code == 403


# The sync page


def test_the_first_page_says_how_all_is(watcher: User, embedded: None) -> None:
    page = text(browser(watcher).get("/admin/"))
    assert "Not in step: admin has 0 products, service 12,431" in page or "In step: 0 products" in page
    for word in ("admin", "outbox", "broker", "consumer", "copy"):
        assert f"<h3>{word}</h3>" in page
    assert "no broker: service pulls from admin" in page
    assert "Pause the" not in page


@pytest.mark.parametrize(("query", "minutes"), [("", 15), ("?span=1440", 1440), ("?span=7", 15), ("?span=x", 15)])
def test_the_time_that_is_shown_is_asked_for(watcher: User, service: OtherSide, query: str, minutes: int) -> None:
    text(browser(watcher).get(f"/admin/{query}"))
    assert service.asked == [f"/api/sync?minutes={minutes}"]


def test_where_service_gives_no_answer_the_page_says_so(watcher: User, service: OtherSide, embedded: None) -> None:
    service.half = AWAY
    page = text(browser(watcher).get("/admin/"))
    assert "Cannot tell: service gives no answer" in page
    assert "Service at http://127.0.0.1:8001 gives no answer (refused)." in page


@pytest.mark.parametrize("odd", [[], {}, {"side": "service", "processes": [{}], "minutes": [{}, 1], "drift": {}}])
def test_an_odd_answer_is_no_trouble(watcher: User, service: OtherSide, odd: Any) -> None:
    service.half = odd
    assert "Cannot tell" in text(browser(watcher).get("/admin/")) or "Stopped" in text(browser(watcher).get("/admin/"))


def test_hostile_text_is_text(watcher: User, service: OtherSide, embedded: None) -> None:
    processes = [SERVICE["processes"][0] | {"said": HOSTILE, "host": HOSTILE, "state": HOSTILE, "version": HOSTILE}]
    pause = {"at": HOSTILE, "by": HOSTILE, "reason": HOSTILE}
    letters = {"total": 1, "by_reason": {HOSTILE: 1}}
    service.half |= {"processes": processes, "paused": pause, "dead_letters": letters, "version": HOSTILE}
    page = text(browser(watcher).get("/admin/"))
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert") > 5
    assert len(page) < 200_000


def test_links_lead_to_service_s_pages_where_it_names_them(watcher: User, service: OtherSide) -> None:
    service.half |= {"console": "https://service.example/admin/"}
    page = text(browser(watcher).get("/admin/"))
    assert 'href="https://service.example/admin/inbox/deadletter/"' in page
    assert 'href="/admin/outbox/outboxevent/"' in page
    service.half |= {"console": "javascript:alert(1)"}
    assert "javascript:alert" not in text(browser(watcher).get("/admin/"))


def test_what_was_done_stands_in_a_table_too(watcher: User, service: OtherSide) -> None:
    at = timezone.now().replace(second=0, microsecond=0)
    lag = {"median": 0.007, "p95": 0.02}
    service.half |= {"minutes": [{"at": at.isoformat(), "counts": {"applied": 9}, "lag": lag}]}
    page = text(browser(watcher).get("/admin/"))
    assert f'<th scope="row">{at:%H:%M}</th>' in page
    assert "7 ms" in page


# Pause and resume


def test_a_relay_is_paused_and_resumed(operator: User, service: OtherSide, settings: Any) -> None:
    settings.BROKER_URL = "amqp://broker"
    service.half |= {"mode": "broker"}
    client = browser(operator)
    assert "Pause the relay" in text(client.get("/admin/"))
    client.post("/admin/sync/pause", {"reason": "  maintenance \n of  disks"})
    client.post("/admin/sync/pause", {"reason": "again"})
    assert Pause.objects.values_list("role", "by", "reason").get() == ("relay", "operator", "maintenance of disks")
    page = text(client.get("/admin/"))
    assert "the relay was paused by operator" in page
    assert "Resume the relay" in page
    client.post("/admin/sync/resume")
    client.post("/admin/sync/resume")
    assert not Pause.objects.exists()
    entries = AuditEntry.objects.order_by("id").values_list("actor", "via", "action", "target", "said")
    assert list(entries) == [
        ("operator", "console", "pause", "relay", "maintenance of disks"),
        ("operator", "console", "resume", "relay", ""),
    ]


@pytest.mark.parametrize("what", ["pause", "resume"])
def test_without_a_broker_a_relay_is_neither_paused_nor_resumed_nor_shown_as_paused(
    operator: User, embedded: None, what: str
) -> None:
    Pause.objects.create(role="relay", paused_at=timezone.now(), by="ada")
    client = browser(operator)
    page = text(client.post(f"/admin/sync/{what}", follow=True))
    assert "Nothing was changed. Without a broker admin has no relay." in page
    assert "is paused since" not in page
    assert Pause.objects.get().by == "ada"
    assert not AuditEntry.objects.exists()


def test_processes_are_shown_as_they_told(watcher: User, service: OtherSide, settings: Any) -> None:
    settings.BROKER_URL = "amqp://broker"
    service.half |= {"mode": "broker"}
    now = timezone.now()
    Process.objects.create(
        role="relay", host="h1", pid=7, version="0.1.0", started_at=now, beat_at=now, since=now,
        state=State.NO_SOURCE, said="broker is away",
    )  # fmt: skip
    page = text(browser(watcher).get("/admin/"))
    assert "cut off" in page
    assert "broker is away" in page
    assert "Stopped: broker unreachable since" in page


# One product


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [("17", PRODUCT), (" 17 ", PRODUCT), ("", "/admin/"), ("x", "/admin/"), ("-1", "/admin/"), ("9" * 19, "/admin/")],
)
def test_a_search_leads_to_the_product(watcher: User, wanted: str, leads_to: str) -> None:
    answer = browser(watcher).get("/admin/sync/products", {"id": wanted})
    assert answer.headers["Location"] == leads_to


def test_a_product_nobody_has_is_no_error(watcher: User) -> None:
    page = text(browser(watcher).get(PRODUCT))
    assert "Neither side has ever heard of it" in page
    assert browser(watcher).get(f"/admin/sync/products/{'9' * 19}").status_code == 404


def test_both_sides_stand_beside_each_other(watcher: User, lamp: Product, service: OtherSide) -> None:
    service.product = {"product": {"title": HOSTILE, "price": "19.90", "version": 1}, "console": "http://s/admin"}
    page = text(browser(watcher).get(f"/admin/sync/products/{lamp.pk}"))
    assert "The versions are equal and the contents are not" in page
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page
    assert page.count("differs</span>") == 6
    assert f"http://s/admin/sync/products/{lamp.pk}" in page


@pytest.mark.parametrize("odd", [{}, {"product": 1}, {"product": {"version": "x", "title": {}}, "dead_letters": [{}]}])
def test_an_odd_product_is_no_trouble(watcher: User, lamp: Product, service: OtherSide, odd: Any) -> None:
    service.product = odd
    assert text(browser(watcher).get(f"/admin/sync/products/{lamp.pk}"))


def test_a_product_s_page_without_service(watcher: User, lamp: Product, service: OtherSide) -> None:
    service.product = AWAY
    assert "Service gives no answer" in text(browser(watcher).get(f"/admin/sync/products/{lamp.pk}"))


def test_admin_s_pages_lead_there(lamp: Product, boss: User, editor: User) -> None:
    link = f'href="/admin/sync/products/{lamp.pk}"'
    for path in ("/admin/catalogue/product/", f"/admin/catalogue/product/{lamp.pk}/change/"):
        assert link in text(browser(boss).get(path))
        assert link not in text(browser(editor).get(path))


# The audit


def test_what_people_do_to_products_leaves_entries(editor: User) -> None:
    client = browser(editor)
    form = {"title": "Lamp", "description": "", "price": "10", "image": "", "sku": ""}
    client.post("/admin/catalogue/product/add/", form)
    product = Product.objects.get()
    chosen = {"_selected_action": [product.pk]}
    client.post("/admin/catalogue/product/", {"action": "change_prices", "percent": "10", **chosen})
    client.post("/admin/catalogue/product/", {"action": "delete_selected", "post": "yes", **chosen})
    entries = AuditEntry.objects.order_by("id").values_list("actor", "action", "target", "said")
    target = f"product {product.pk}: "
    assert [(actor, action, on.startswith(target), said) for actor, action, on, said in entries] == [
        ("editor", "add", True, ""),
        ("editor", "change", True, "Changed the price by +10%."),
        ("editor", "delete", True, ""),
    ]


def test_what_people_do_to_tokens_leaves_entries(boss: User) -> None:
    client = browser(boss)
    client.post("/admin/access/token/add/", {"name": "shop", "scope": "read", "days": "9"})
    token = AuditEntry.objects.get(action="add").target.split()[1].rstrip(":")
    for _ in range(2):
        client.post("/admin/access/token/", {"action": "revoke", "_selected_action": [token]})
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == ["add", "revoke"]


def test_the_audit_is_searched_and_filtered(boss: User) -> None:
    client: Client = browser(boss)
    for query in ("?q=ada", "?via=console", "?action=pause", "?at__gte=2026-01-01T00:00:00Z"):
        assert client.get(f"/admin/console/auditentry/{query}").status_code == 200
