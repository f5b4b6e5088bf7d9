"""A page whose database fails says so in words, with nothing that would have to be read from there. REST: errors.py."""

from collections.abc import Callable
from html import escape
from http import HTTPStatus
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.http import HttpRequest, HttpResponse

from config.databases import explain

log = structlog.get_logger()
WAIT_SECONDS = 5
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The database does not answer</title>
<style>
:root {{ color-scheme: light dark }}
body {{ max-width: 36rem; margin: 15vh auto; padding: 0 1.5rem; font: 1rem/1.6 system-ui, sans-serif }}
h1 {{ font-size: 1.375rem; line-height: 1.3 }}
a {{ color: inherit }}
</style>
</head>
<body>
<main>
<h1>The database does not answer</h1>
<p>It is away, or something else holds what this page needs. Nothing is lost.</p>
<p>{told}</p>
<p><a href="{link}">{word}</a></p>
</main>
</body>
</html>
"""
SEEN = "Wait a few seconds, then try again. If it stays so, the log of this side says which database, and why."
DONE = (
    "What you asked for was not done, or, where it was about many, not all of it. Wait a few seconds, look how it is "
    "now, and ask again. If it stays so, the log of this side says which database, and why."
)


class AwayPages:
    """The middleware; what a view raises comes here before Django makes a bare 500 of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        is_away = isinstance(error, OperationalError | InterfaceError | ProgrammingError)
        return _away(request, error) if is_away and request.path_info.startswith("/admin/") else None


def _away(request: HttpRequest, error: Any) -> HttpResponse:
    log.error("database failed", error=explain(error))
    is_read = request.method in ("GET", "HEAD")
    told, word = (SEEN, "Try again") if is_read else (DONE, "To the first page")
    link = escape(request.get_full_path() if is_read else "/admin/")
    answer = HttpResponse(
        PAGE.format(told=told, word=word, link=link),
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        headers={"Retry-After": str(WAIT_SECONDS), "Cache-Control": "no-store"},
    )
    answer._has_been_logged = True  # type: ignore[attr-defined]  # said above
    return answer
