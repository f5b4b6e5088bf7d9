"""Every URL by everybody who may ask: a new URL without a row fails."""

from typing import Any

import pytest
from access.models import Scope, Token
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
NEEDED: dict[tuple[str, str], Scope] = {
    ("GET", "/api/products"): Scope.READ,
    ("HEAD", "/api/products"): Scope.READ,
    ("OPTIONS", "/api/products"): Scope.READ,
    ("POST", "/api/products"): Scope.WRITE,
    ("GET", "/api/products/1"): Scope.READ,
    ("GET", "/api/products/digest"): Scope.OPERATE,
    ("GET", "/api/products/digest/rows"): Scope.OPERATE,
    ("GET", "/api/sync"): Scope.OPERATE,
    ("GET", "/api/sync/products/1"): Scope.OPERATE,
}
OPEN = ("/healthz", "/readyz", "/api/schema", "/api/docs")


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


@pytest.mark.parametrize("path", sorted({path for _, path in NEEDED}))
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_each_method_has_a_row(client: APIClient, method: str, path: str) -> None:
    """One without a row is answered 405 to whoever may do everything."""
    if (method, path) not in NEEDED:
        assert ask(client, method, path, **bearer(Scope.OPERATE)) == 405
