"""What a browser is told that it may do with an answer."""

from typing import Any

import pytest
from config.policies import API, PAGE, policy
from django.test import Client

pytestmark = pytest.mark.django_db
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def directives(answer: Any) -> dict[str, str]:
    """In whatever order they come."""
    return dict(one.split(" ", 1) for one in answer["Content-Security-Policy"].split("; "))


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/api/products", "localhost", 200),
        ("/api/products/1", "localhost", 404),
        ("/nowhere", "localhost", 404),
        ("/api/products", "somebody.else", 400),
        ("/healthz", "localhost", 200),
    ],
)
def test_an_answer_of_the_api_is_no_page(client: Client, path: str, host: str, status: int) -> None:
    answer = client.get(path, headers={"host": host})
    assert answer.status_code == status
    assert directives(answer) == {"default-src": "'none'", "frame-ancestors": "'none'"}


@pytest.mark.parametrize("path", ["/api/products", "/nowhere"])
def test_it_is_nothing_but_what_it_says_and_stands_in_no_frame(client: Client, path: str) -> None:
    assert HEADERS.items() <= dict(client.get(path).items()).items()


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/api/docs", "/api/docs/"])
def test_a_page_loads_files_of_ours_alone(client: Client, path: str) -> None:
    told = directives(client.get(path))
    assert {name for name, sources in told.items() if "'self'" in sources} == {
        "script-src", "style-src", "img-src", "font-src", "connect-src", "form-action",
    }  # fmt: skip
    assert (told["default-src"], told["frame-ancestors"], told["base-uri"]) == ("'none'", "'none'", "'none'")
    assert not {"*", "http:", "https:", "'unsafe-inline'"} & set(told["script-src"].split()), (
        "no script in the page itself"
    )


def test_the_longest_beginning_wins() -> None:
    pages = {"/a": PAGE, "/a/b": API | {"img-src": ["'self'"]}}
    assert policy("/a/c", pages) == PAGE
    assert policy("/a/b/c", pages)["img-src"] == ["'self'"]
    assert policy("*", pages) == API
