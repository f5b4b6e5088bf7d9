"""Admin over HTTP, at ADMIN_URL: what the feed, the bootstrap and the drift check ask it."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec
from config import tracing
from django.conf import settings

from inbox.sources import SourceRefused, SourceUnavailable

T = TypeVar("T")
HANG_SECONDS = 15.0  # how much longer than it must an answer may take
ADVICE = {
    **dict.fromkeys((301, 302, 307, 308), "it leads elsewhere: set ADMIN_URL to where admin itself is"),
    401: "set ADMIN_TOKEN to a valid one, made on admin by `manage.py tokens create … --scope operate`",
    403: "the token in ADMIN_TOKEN lacks the scope `operate`",
    404: "ADMIN_URL is not admin's base URL, or admin is older than this",
    409: "admin publishes to a broker: set the same BROKER_URL here",
}


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token is for ADMIN_URL alone."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class AdminApi:
    def __init__(self, *, on_request: Callable[[], object] = lambda: None) -> None:
        """`on_request`: called before each request, for who works long and wants to tell that it lives."""
        self._on_request = on_request
        parts = urlsplit(settings.ADMIN_URL)
        host = parts.hostname or ""
        base = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{parts.port}' if parts.port else ''}"
        self.where = f"admin at {base}"
        self._root = f"{base}{parts.path.rstrip('/')}"
        self._headers = {"Content-Type": "application/json"}
        if settings.ADMIN_TOKEN:
            self._headers["Authorization"] = f"Bearer {settings.ADMIN_TOKEN}"
        # Straight to admin: a proxy that the environment names is for the world outside.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirects())

    def get(self, kind: type[T], path: str, **query: Any) -> T:
        """What is at `path`; what is None is left out of the query. Raises SourceUnavailable, SourceRefused."""
        asked = urlencode({name: value for name, value in query.items() if value is not None})
        return self._read(kind, self.request("GET", f"{path}?{asked}" if asked else path)[1])

    def put(self, kind: type[T], path: str, **content: Any) -> T:
        return self._read(kind, self.request("PUT", path, content)[1])

    def request(
        self,
        method: str,
        path: str,
        content: Mapping[str, Any] | None = None,
        *,
        seconds: float = 0.0,
        advice: Mapping[int, str] | None = None,
    ) -> tuple[http.client.HTTPMessage, bytes]:
        """Headers and body of the answer, which may take `seconds`. Raises SourceUnavailable, SourceRefused."""
        self._on_request()
        body = None if content is None else json.dumps(content).encode()
        # Settings let http and https alone through.
        request = urllib.request.Request(self._root + path, body, self._headers, method=method)  # noqa: S310
        if traceparent := tracing.current():
            request.add_header("traceparent", traceparent)
        try:
            with self._opener.open(request, timeout=seconds + HANG_SECONDS) as response:
                return response.headers, response.read()
        except urllib.error.HTTPError as error:
            with error:
                raise self._explain(error, ADVICE | dict(advice or {})) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise self.fails(getattr(error, "reason", error)) from error

    def fails(self, reason: object) -> SourceUnavailable:
        return SourceUnavailable(f"{self.where} (ADMIN_URL) gives no answer: {' '.join(str(reason).split())}")

    def _read(self, kind: type[T], body: bytes) -> T:
        """Tolerantly: a newer admin may say more."""
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self.fails(f"it answered something else than was asked for ({error})") from error

    def _explain(self, error: urllib.error.HTTPError, advice: Mapping[int, str]) -> SourceUnavailable:
        said = repr(error.read(1000).decode(errors="replace")[:200])
        if error.code in advice:
            return SourceRefused(f"{self.where} answered {error.code}: {advice[error.code]}. It said: {said}")
        return SourceUnavailable(f"{self.where} answered {error.code}: {said}")
