"""The other side, asked over HTTP. A console shows what it knows by itself where that gives no answer."""

import http.client
import json
import time
from typing import Any

from config.peers import fetch
from django.conf import settings

SECONDS = 4.0  # a page waits for it; the other side gives its broker two
LARGEST = 4 * 1024 * 1024


class Away(Exception):
    """It gives no answer, or another one than was asked for; the text says what to do."""


def ask(path: str) -> dict[str, Any]:
    """The JSON object at `path`, all of it within SECONDS. Raises Away."""
    name, url = settings.OTHER_SIDE["name"], settings.OTHER_SIDE["url"]
    if not url:
        raise Away(f"where {name} is, nobody has said: set {settings.OTHER_SIDE['variables']}")
    ends = time.monotonic() + SECONDS
    try:
        token = settings.OTHER_SIDE["token"]
        status, body = fetch("GET", url.rstrip("/") + path, token=token, seconds=SECONDS, largest=LARGEST)
        found = json.loads(body) if status == http.HTTPStatus.OK else None
    except (OSError, ValueError, http.client.HTTPException, RecursionError) as error:
        late = f"not all of it came within {SECONDS:g} s"
        raise Away(f"{name} at {url} gives no answer ({late if time.monotonic() >= ends else error})") from error
    if status != http.HTTPStatus.OK:
        raise Away(f"{name} answers {status}: {_advice(status)}")
    if not isinstance(found, dict):
        raise Away(f"{name} at {url} answers something else than was asked for")
    return found


def _advice(code: int) -> str:
    variables = settings.OTHER_SIDE["variables"]
    if code in (401, 403):
        return f"look at {variables}; the token is made there by `manage.py tokens create … --scope operate`"
    return f"look at {variables}, and whether both sides have the same version"
