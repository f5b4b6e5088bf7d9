"""Every URL by everybody who may ask: a new URL without a row fails."""

from typing import Any

import pytest
from access.models import Scope, Token
from console import audit
from console.models import AuditEntry, Via
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group, Permission, User
from django.urls import URLPattern, URLResolver, get_resolver
from replica import runner, runs
from replica.models import DriftCheck
from rest_framework.test import APIClient

from tests.people import browser, person

pytestmark = pytest.mark.django_db
NEEDED: dict[tuple[str, str], Scope] = {
    ("GET", "/api/products"): Scope.READ,
    ("HEAD", "/api/products"): Scope.READ,
    ("OPTIONS", "/api/products"): Scope.READ,
    ("POST", "/api/products"): Scope.WRITE,
    ("GET", "/api/products/1"): Scope.READ,
    ("GET", "/api/products/digest"): Scope.OPERATE,
    ("GET", "/api/products/digest/rows"): Scope.OPERATE,
    ("GET", "/api/drift-checks"): Scope.READ,
    ("POST", "/api/drift-checks"): Scope.OPERATE,
    ("GET", "/api/drift-checks/1"): Scope.READ,
    ("GET", "/metrics"): Scope.READ,
    ("GET", "/api/sync"): Scope.OPERATE,
    ("GET", "/api/sync/products/1"): Scope.OPERATE,
}
NEVER_PUBLIC = {"/metrics", "/api/drift-checks", "/api/drift-checks/1"}  # counts tell how a shop does
OPEN = ("/healthz", "/readyz", "/api/schema", "/api/docs")
# What a session lets its user do with the API.
STAFF = {"newcomer": (Scope.READ,), "boss": tuple(Scope)}
MODELS = ("auth/user", "auth/group", "access/token", "console/auditentry", "replica/driftcheck")
VIEWS = ("", "add/", "{id}/history/", "{id}/delete/", "{id}/change/")
PAGES = [f"{model}/{view}" for model in MODELS for view in VIEWS] + ["auth/user/{id}/password/"]
NEVER = {"access/token/{id}/delete/"} | {
    f"{model}/{view}" for model in ("console/auditentry", "replica/driftcheck") for view in ("add/", "{id}/delete/")
}
MAY_SEE: dict[str, set[str]] = {"newcomer": set(), "boss": set(PAGES) - NEVER}
# Of dead letters, and what they answer to a GET of somebody who may both see and work them.
SEEN = {
    "inbox/deadletter/": 200,
    "inbox/deadletter/letters/": 200,
    "inbox/deadletter/export/": 200,
    "inbox/deadletter/17/change/": 404,
    "inbox/deadletter/17/body/": 404,
    "inbox/deadletter/runs/019b7ca9-8f2e-76b8-b273-ff34fce19d6b/": 404,
}
WORKED = {
    "inbox/deadletter/work/": 400,  # it is not said which
    "inbox/deadletter/17/retry/": 405,
    "inbox/deadletter/17/discard/": 405,
    "inbox/deadletter/runs/019b7ca9-8f2e-76b8-b273-ff34fce19d6b/step/": 405,
    "inbox/deadletter/runs/019b7ca9-8f2e-76b8-b273-ff34fce19d6b/stop/": 405,
}
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
    "access/": 404,
    "inbox/": 404,
    "replica/": 404,
    "replica/driftcheck/start/": 405,  # by POST alone
    "replica/driftcheck/1/repair/": 403,
    "nowhere": 404,
    **dict.fromkeys((*SEEN, *WORKED), 403),
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


@pytest.fixture(autouse=True)
def unrun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may ask for a check is what this is about; a thread would outlive the test."""
    monkeypatch.setattr(runner, "start", lambda *_, **__: None)


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
    assert (status == 403) == (NEEDED[method, path] not in STAFF[name]), f"answered {status}"
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
    headers = {"HTTP_X_CSRFTOKEN": client.cookies["lockstep_service_csrf"].value, "HTTP_REFERER": "https://testserver/"}
    assert ask(client, "POST", "/api/products", **headers) == 405


def an_entry() -> AuditEntry:
    audit.record(actor="ann", via=Via.COMMAND, action="pause", target="a role")
    return AuditEntry.objects.get()


@pytest.fixture
def ids(boss: User) -> dict[str, object]:
    """Of one row of each model that has pages; pages of nothing would redirect."""
    return {
        "auth/user": boss.pk,
        "auth/group": Group.objects.create(name="Operators").pk,
        "access/token": quote(Token.objects.create_key(name="a test")[0].pk),
        "console/auditentry": an_entry().pk,
        "replica/driftcheck": runs.begin(kind=DriftCheck.Kind.CHECK, by="a test").pk,
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


@pytest.mark.parametrize("page", PAGES)
def test_no_permission_opens_what_hands_out_permissions(newcomer: User, ids: dict[str, object], page: str) -> None:
    newcomer.user_permissions.set(Permission.objects.filter(content_type__app_label__in=["auth", "access"]))
    assert browser(newcomer).get(page_path(page, ids)).status_code == 403


@pytest.mark.parametrize(("page", "status"), (SEEN | WORKED).items())
def test_dead_letters_are_seen_with_one_permission_and_worked_with_another(page: str, status: int) -> None:
    for may in (("view_deadletter",), ("work_deadletter",), ("view_deadletter", "work_deadletter")):
        is_in = "view_deadletter" in may and (page in SEEN or "work_deadletter" in may)
        answer = browser(person("-".join(may), may=may)).get(f"/admin/{page}")
        assert answer.status_code == (status if is_in else 403), may


@pytest.mark.parametrize("page", WORKED)
def test_who_may_only_see_dead_letters_works_none(page: str) -> None:
    assert browser(person("viewer", may=("view_deadletter",))).post(f"/admin/{page}").status_code == 403


@pytest.mark.parametrize(("page", "status"), OTHER_PAGES.items())
def test_pages_of_no_model_show_nothing_to_whom_has_no_permission(newcomer: User, page: str, status: int) -> None:
    answer = browser(newcomer).get(f"/admin/{page}")
    assert answer.status_code == status
    assert b"/admin/access/" not in answer.content or status != 200


@pytest.mark.parametrize("is_staff", [None, False])
@pytest.mark.parametrize("page", [*PAGES, *OTHER_PAGES])
def test_a_page_sends_strangers_to_the_login(ids: dict[str, object], page: str, is_staff: bool | None) -> None:
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
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"/admin/login/?next={path.replace('$', '%24')}"


@pytest.mark.parametrize("page", ["", "access/token/", "auth/user/"])
def test_a_token_opens_no_page(client: APIClient, page: str) -> None:
    answer = client.get(f"/admin/{page}", secure=True, **bearer(Scope.OPERATE))
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/admin/login/?next=/admin/{page}")


@pytest.mark.parametrize("path", OPEN)
def test_probes_and_documentation_need_no_token(client: APIClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_each_url_has_a_row() -> None:
    """Of two that match a path, `resolve` tells the first: one that is hidden behind another has no row either."""
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


@pytest.mark.parametrize("path", sorted({path for _, path in NEEDED}))
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_each_method_has_a_row(client: APIClient, method: str, path: str) -> None:
    """One without a row is answered 405 to whoever may do everything."""
    if (method, path) not in NEEDED:
        assert ask(client, method, path, **bearer(Scope.OPERATE)) == 405
