"""Every URL by everybody who may ask: a new URL without a row fails."""

from typing import Any

import pytest
from access.models import Scope, Token
from catalogue.models import Product
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

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
    ("GET", "/api/products/snapshot"): Scope.OPERATE,
    ("GET", "/api/products/digest"): Scope.OPERATE,
    ("GET", "/api/products/digest/rows"): Scope.OPERATE,
    ("GET", "/api/outbox/bounds"): Scope.OPERATE,
    ("POST", f"{SUBSCRIBER}/pull"): Scope.OPERATE,
    ("PUT", SUBSCRIBER): Scope.OPERATE,
}
OPEN = ("/healthz", "/readyz", "/api/schema", "/api/docs", "/api/events/docs")


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
    assert (ask(client, method, path) == 401) == (NEEDED[method, path] != Scope.READ)


@pytest.mark.parametrize("path", OPEN)
def test_probes_and_documentation_need_no_token(client: APIClient, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer x", "Bearer x.y", "Bearer é", "Basic YTpi", "Bearer a b"]
)
def test_what_is_no_token_is_a_401(client: APIClient, header: str) -> None:
    assert ask(client, "GET", "/api/products", HTTP_AUTHORIZATION=header) == 401


def test_a_token_ends(client: APIClient) -> None:
    from datetime import timedelta

    from django.utils import timezone

    headers = bearer(Scope.READ, expiry_date=timezone.now() + timedelta(hours=1))
    assert ask(client, "GET", "/api/products", **headers) == 200
    Token.objects.update(expiry_date=timezone.now() - timedelta(seconds=1))
    assert ask(client, "GET", "/api/products", **headers) == 401
    Token.objects.update(expiry_date=None, revoked=True)
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
    known = [*OPEN, *(path for _, path in NEEDED)]
    without = [
        pattern
        for pattern in patterns(get_resolver().url_patterns)
        if not any(pattern.resolve(path.removeprefix("/")) for path in known)
    ]
    assert without == []


def patterns(found: list[URLPattern | URLResolver]) -> list[URLPattern]:
    """All of them, those of the API's router too; its prefix is empty."""
    return [
        leaf
        for pattern in found
        for leaf in (patterns(pattern.url_patterns) if isinstance(pattern, URLResolver) else [pattern])
    ]


def test_a_product_can_be_created_with_a_token(client: APIClient) -> None:
    answer = client.post("/api/products", {"title": "Lamp"}, secure=True, **bearer(Scope.WRITE))
    assert (answer.status_code, Product.objects.count()) == (201, 1)
