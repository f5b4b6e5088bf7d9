"""Every URL by everybody who may ask: a new URL without a row fails."""

from datetime import timedelta
from typing import Any

import pytest
from access.models import Scope, Token
from catalogue.models import Product
from console import audit
from console.models import AuditEntry, Via
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group, User
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from jobs.models import Job
from outbox.models import OutboxEvent
from rest_framework.test import APIClient

from tests.conftest import browser

pytestmark = pytest.mark.django_db
SUBSCRIBER = "/api/subscriptions/service"
NEEDED: dict[tuple[str, str], Scope] = {
    ("GET", "/api/products"): Scope.READ,
    ("HEAD", "/api/products"): Scope.READ,
    ("OPTIONS", "/api/products"): Scope.READ,
    ("POST", "/api/products"): Scope.WRITE,
    ("GET", "/api/products/1"): Scope.READ,
    ("PUT", "/api/products/1"): Scope.WRITE,
    ("PATCH", "/api/products/1"): Scope.WRITE,
    ("DELETE", "/api/products/1"): Scope.WRITE,
    ("GET", "/api/imports"): Scope.READ,
    ("POST", "/api/imports"): Scope.WRITE,
    ("GET", "/api/imports/1"): Scope.READ,
    ("POST", "/api/imports/1/cancel"): Scope.WRITE,
    ("POST", "/api/imports/1/retry"): Scope.WRITE,
    ("GET", "/api/products/snapshot"): Scope.OPERATE,
    ("GET", "/api/products/digest"): Scope.OPERATE,
    ("GET", "/api/products/digest/rows"): Scope.OPERATE,
    ("GET", "/api/outbox/bounds"): Scope.OPERATE,
    ("GET", "/metrics"): Scope.READ,
    ("GET", "/api/sync"): Scope.OPERATE,
    ("GET", "/api/sync/products/1"): Scope.OPERATE,
    ("POST", f"{SUBSCRIBER}/pull"): Scope.OPERATE,
    ("PUT", SUBSCRIBER): Scope.OPERATE,
}
# Counts tell how a shop does, and imports where its products come from.
NEVER_PUBLIC = {"/metrics", *(path for _, path in NEEDED if path.startswith("/api/imports"))}
OPEN = ("/healthz", "/readyz", "/api/schema", "/api/docs", "/api/events/docs")
# What a session lets its user do with the API: as much as the pages do.
STAFF = {"newcomer": (Scope.READ,), "editor": (Scope.READ, Scope.WRITE), "boss": tuple(Scope)}
# Imports want permissions of their own, to be read too (tests/imports/test_views.py).
OF_IMPORTERS = {(method, path) for method, path in NEEDED if path.startswith("/api/imports")}
MODELS = (
    "auth/user",
    "auth/group",
    "access/token",
    "catalogue/product",
    "outbox/outboxevent",
    "jobs/job",
    "console/auditentry",
)
VIEWS = ("", "add/", "{id}/history/", "{id}/delete/", "{id}/change/")
PAGES = [f"{model}/{view}" for model in MODELS for view in VIEWS] + ["auth/user/{id}/password/"]
NEVER = {"access/token/{id}/delete/"} | {
    f"{model}/{view}" for model in ("outbox/outboxevent", "console/auditentry") for view in ("add/", "{id}/delete/")
}
NEVER |= {"jobs/job/{id}/delete/"}
MAY_SEE: dict[str, set[str]] = {
    "newcomer": set(),
    "editor": {page for page in PAGES if page.startswith("catalogue/product/")},
    "boss": set(PAGES) - NEVER,
}
ON_JOBS = ("confirm", "act", "1/cancel", "1/retry", "pause", "resume")
ON_SCHEDULES = ("switch", "run", "confirm", "drop")
JOB_POSTS = [f"jobs/job/{action}/" for action in (*ON_JOBS, *(f"schedules/{action}" for action in ON_SCHEDULES))]
# Pages of no model, and what they answer to somebody of the staff without any permission.
OTHER_PAGES = {
    "": 200,
    "login/": 302,  # is logged in
    "logout/": 405,  # by POST alone
    "search/": 200,
    "password_change/": 200,
    "password_change/done/": 200,
    "autocomplete/": 403,
    "jsi18n/": 200,
    "r/1/1/": 404,
    "catalogue/": 404,
    "outbox/": 404,
    "outbox/outboxevent/confirm/": 405,  # by POST alone
    "outbox/outboxevent/act/": 405,
    "jobs/": 404,
    **dict.fromkeys(JOB_POSTS, 405),
    "jobs/job/schedules/": 403,
    "jobs/job/schedules/plan/": 403,
    "nowhere": 404,
    "sync/pause": 405,  # by POST alone, as resume
    "sync/resume": 405,
    "sync/doctor": 403,
    "sync/products": 403,
    "sync/products/1": 403,
    **{f"{model}/1/": 302 for model in MODELS},  # to …/change/
}


@pytest.fixture(autouse=True)
def closed(settings: Any) -> None:
    settings.IS_OPEN = False


def bearer(scope: Scope, **more: Any) -> dict[str, Any]:
    _, key = Token.objects.create_key(name="a test", scope=scope, **more)
    return {"HTTP_AUTHORIZATION": f"Bearer {key}"}


def ask(client: APIClient, method: str, path: str, **headers: Any) -> int:
    return int(client.generic(method, path, b"{}", content_type="application/json", secure=True, **headers).status_code)


@pytest.mark.parametrize(("method", "path"), NEEDED)
@pytest.mark.parametrize("scope", Scope)
def test_a_token_may_do_what_its_scope_says(client: APIClient, method: str, path: str, scope: Scope) -> None:
    status = ask(client, method, path, **bearer(scope))
    assert (status == 403) == (not scope.includes(NEEDED[method, path])), f"answered {status}"
    assert status not in (401, 500)


@pytest.mark.parametrize(("method", "path"), NEEDED)
def test_a_stranger_is_asked_for_a_token(client: APIClient, method: str, path: str) -> None:
    assert ask(client, method, path) == 401


@pytest.mark.parametrize(("method", "path"), NEEDED)
def test_reading_may_be_public_and_nothing_else(client: APIClient, settings: Any, method: str, path: str) -> None:
    settings.PUBLIC_READ = True
    is_public = NEEDED[method, path] == Scope.READ and path not in NEVER_PUBLIC
    assert (ask(client, method, path) == 401) == (not is_public)


@pytest.mark.parametrize(("method", "path"), NEEDED)
@pytest.mark.parametrize("name", STAFF)
def test_staff_with_a_session_may_do_what_their_permissions_say(
    request: pytest.FixtureRequest, client: APIClient, method: str, path: str, name: str
) -> None:
    client.force_login(request.getfixturevalue(name))
    status = ask(client, method, path)
    may = NEEDED[method, path] in STAFF[name] and not (name != "boss" and (method, path) in OF_IMPORTERS)
    assert (status == 403) == (not may), f"answered {status}"
    assert status not in (401, 500)


@pytest.mark.parametrize("more", [{"is_staff": False}, {"is_active": False}])
@pytest.mark.parametrize(("method", "path"), NEEDED)
def test_a_session_of_nobody_s_is_no_session(
    client: APIClient, boss: User, method: str, path: str, more: dict[str, bool]
) -> None:
    client.force_login(boss)
    User.objects.update(**more)
    assert ask(client, method, path) in (401, 403)


def test_a_session_writes_with_the_token_against_forged_requests_alone(boss: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(boss)
    assert ask(client, "POST", "/api/products") == 403
    client.get("/admin/", secure=True)
    headers = {"HTTP_X_CSRFTOKEN": client.cookies["lockstep_admin_csrf"].value, "HTTP_REFERER": "https://testserver/"}
    assert ask(client, "POST", "/api/products", **headers) == 400


def an_entry() -> AuditEntry:
    audit.record(actor="ann", via=Via.COMMAND, action="pause", target="a role")
    return AuditEntry.objects.get()


@pytest.fixture
def ids(lamp: Product, boss: User) -> dict[str, object]:
    """Of one row of each model that has pages; pages of nothing would redirect."""
    Product.objects.update(title="Lantern")
    return {
        "auth/user": boss.pk,
        "auth/group": Group.objects.create(name="Editors").pk,
        "access/token": quote(Token.objects.create_key(name="a test")[0].pk),
        "catalogue/product": lamp.pk,
        "outbox/outboxevent": OutboxEvent.objects.get().pk,
        "jobs/job": Job.objects.create(kind="import", queue="imports", label="a.csv", by="ann").pk,
        "console/auditentry": an_entry().pk,
    }


def page_path(page: str, ids: dict[str, object]) -> str:
    return "/admin/" + page.format(id=ids["/".join(page.split("/")[:2])])


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", MAY_SEE)
def test_pages_are_for_whom_they_should_be(
    request: pytest.FixtureRequest, ids: dict[str, object], page: str, name: str
) -> None:
    answer = browser(request.getfixturevalue(name)).get(page_path(page, ids))
    assert answer.status_code == (200 if page in MAY_SEE[name] else 403)
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(("page", "status"), OTHER_PAGES.items())
def test_pages_of_no_model_show_nothing_to_whom_has_no_permission(newcomer: User, page: str, status: int) -> None:
    answer = browser(newcomer).get(f"/admin/{page}")
    assert answer.status_code == status
    assert b"/admin/catalogue/" not in answer.content or status != 200


@pytest.mark.parametrize("is_staff", [None, False])
@pytest.mark.parametrize("page", [*PAGES, *OTHER_PAGES])
def test_a_page_sends_strangers_to_the_login(
    request: pytest.FixtureRequest, ids: dict[str, object], page: str, is_staff: bool | None
) -> None:
    """A user who is not of the staff is a stranger too."""
    User.objects.update(is_staff=False)
    client = browser(None if is_staff is None else User.objects.get())
    path = page_path(page, ids) if page in PAGES else f"/admin/{page}"
    answer = client.get(path)
    if page == "login/":
        assert answer.status_code == 200
    elif page == "logout/":
        assert answer.status_code in (302, 405)
    else:
        assert (answer.status_code, answer.headers["Location"]) == (
            302,
            f"/admin/login/?next={path.replace('$', '%24')}",
        )


@pytest.mark.parametrize("path", OPEN)
def test_probes_and_documentation_need_no_token(client: APIClient, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer x", "Bearer x.y", "Bearer é", "Basic YTpi", "Bearer a b"]
)
def test_what_is_no_token_is_a_401(client: APIClient, header: str) -> None:
    assert ask(client, "GET", "/api/products", HTTP_AUTHORIZATION=header) == 401


def test_a_token_ends(client: APIClient) -> None:
    headers = bearer(Scope.READ, expiry_date=timezone.now() + timedelta(hours=1))
    assert ask(client, "GET", "/api/products", **headers) == 200
    Token.objects.update(expiry_date=timezone.now() - timedelta(seconds=1))
    assert ask(client, "GET", "/api/products", **headers) == 401
    Token.objects.update(expiry_date=timezone.now() + timedelta(hours=1), revoked=True)
    assert ask(client, "GET", "/api/products", **headers) == 401


def test_the_token_itself_is_not_stored() -> None:
    token, key = Token.objects.create_key(name="a test")
    row = Token.objects.filter(pk=token.pk).values().get()
    assert key.partition(".")[2] not in str(row)


def test_writes_of_one_token_are_counted(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("access.throttles.WriteThrottle.get_rate", lambda _: "2/min")
    mine, other = bearer(Scope.WRITE), bearer(Scope.WRITE)
    assert [ask(client, "POST", "/api/products", **mine) for _ in range(3)] == [400, 400, 429]
    assert ask(client, "POST", "/api/products", **other) == 400
    assert ask(client, "GET", "/api/products", **mine) == 200


def test_each_url_has_a_row() -> None:
    known = [path.removeprefix("/") for path in (*OPEN[2:], *(path for _, path in NEEDED))]
    known += [f"admin/{page.format(id=1)}" for page in (*PAGES, *OTHER_PAGES)] + ["admin"]
    matched = [get_resolver().resolve(f"/{path}").route for path in known]
    assert [route for route in routes(get_resolver().url_patterns) if route not in matched] == []


def routes(found: list[URLPattern | URLResolver], prefix: str = "") -> list[str]:
    """Of all, as `resolve` tells them: each with what stands before it."""
    return [
        route
        for pattern in found
        for route in (
            routes(pattern.url_patterns, prefix + str(pattern.pattern))
            if isinstance(pattern, URLResolver)
            else [prefix + str(pattern.pattern).removeprefix("^" if prefix else "")]
        )
    ]


def test_a_product_can_be_created_with_a_token(client: APIClient) -> None:
    answer = client.post("/api/products", {"title": "Lamp"}, secure=True, **bearer(Scope.WRITE))
    assert (answer.status_code, Product.objects.count()) == (201, 1)


def test_every_token_expires(db: None) -> None:
    token, _ = Token.objects.create_key(name="a test")
    assert token.expiry_date - timezone.now() < timedelta(days=91)


def test_a_browser_from_an_allowed_origin_may_send_and_read_our_headers(client: APIClient, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.example.org"]
    headers = {"HTTP_ORIGIN": "https://shop.example.org", "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "PUT"}
    allowed = client.options("/api/products/1", **headers)["Access-Control-Allow-Headers"]
    assert {"authorization", "if-match", "idempotency-key"} <= set(allowed.split(", "))
    shown = client.get("/api/products", HTTP_ORIGIN="https://shop.example.org", secure=True)
    assert "ETag" in shown["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("path", sorted({path for _, path in NEEDED}))
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_each_method_has_a_row(client: APIClient, method: str, path: str) -> None:
    """One without a row is answered 405 to whoever may do everything."""
    if (method, path) not in NEEDED:
        assert ask(client, method, path, **bearer(Scope.OPERATE)) == 405


@pytest.mark.parametrize("page", ["", "catalogue/product/", "access/token/", "auth/user/"])
def test_a_token_opens_no_page(client: APIClient, page: str) -> None:
    answer = client.get(f"/admin/{page}", secure=True, **bearer(Scope.OPERATE))
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/admin/login/?next=/admin/{page}")
