"""The other side, asked over HTTP. A console shows what it knows by itself where that gives no answer."""

import http.client
import json
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings

SECONDS = 4.0  # a page waits for it; the other side gives its broker two
LARGEST = 4 * 1024 * 1024


class Away(Exception):
    """It gives no answer, or another one than was asked for; the text says what to do."""


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token is for this address alone."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def ask(path: str) -> dict[str, Any]:
    """The JSON object at `path`. Raises Away."""
    name, url, token = (settings.OTHER_SIDE[key] for key in ("name", "url", "token"))
    if not url:
        raise Away(f"where {name} is, nobody has said: set {settings.OTHER_SIDE['variables']}")
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url.rstrip("/") + path, headers=headers)  # noqa: S310  http or https by settings
    # Straight: a proxy that the environment names is for the world outside.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirects())
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            found = json.loads(answer.read(LARGEST))
    except urllib.error.HTTPError as error:
        with error:
            raise Away(f"{name} answers {error.code}: {_advice(error.code)}") from error
    except (OSError, ValueError, http.client.HTTPException, RecursionError) as error:
        raise Away(f"{name} at {url} gives no answer ({getattr(error, 'reason', error)})") from error
    if not isinstance(found, dict):
        raise Away(f"{name} at {url} answers something else than was asked for")
    return found


def _advice(code: int) -> str:
    variables = settings.OTHER_SIDE["variables"]
    if code in (401, 403):
        return f"look at {variables}; the token is made there by `manage.py tokens create … --scope operate`"
    return f"look at {variables}, and whether both sides have the same version"
