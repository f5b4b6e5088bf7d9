import json
import os
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_wsgi_application()

from config.errors import MEDIA_TYPE, problem  # noqa: E402  wants the settings

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def guarded(application: Wsgi) -> Wsgi:
    """Refuses what would go wrong ahead of all middleware, or in silence.

    Another charset than UTF-8: Django would read the query by it too, and some of what Python knows by that name (zlib,
    say) ends it there. A body without its length: Django takes it for none, so a PATCH would change nothing.
    """

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not _is_utf_8(environ.get("CONTENT_TYPE", "")):
            return _refused(start_response, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "UTF-8 alone is read.")
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            return _refused(start_response, HTTPStatus.LENGTH_REQUIRED, "Send the body's Content-Length, not chunks.")
        return application(environ, start_response)

    return answer


def _refused(start_response: Callable[..., Any], status: HTTPStatus, detail: str) -> Iterable[bytes]:
    body = json.dumps(problem(status, detail=detail, code=status.name.lower())).encode()
    headers = [("Content-Type", MEDIA_TYPE), ("Content-Length", str(len(body))), ("X-Content-Type-Options", "nosniff")]
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]


def _is_utf_8(content_type: str) -> bool:
    try:
        charset = parse_header_parameters(content_type)[1].get("charset", "utf-8")
    except ValueError:
        return False
    return charset.strip().lower() in ("utf-8", "utf8", "us-ascii")


application = guarded(django_application)
