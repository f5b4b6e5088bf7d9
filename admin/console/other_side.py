"""The other side, asked over HTTP. A console shows what it knows by itself where that gives no answer."""

import contextlib
import http.client
import json
import socket
import threading
import time
import urllib.parse
from typing import Any

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
        status, body = _fetch(url.rstrip("/") + path)
        found = json.loads(body) if status == http.HTTPStatus.OK else None
    except (OSError, ValueError, http.client.HTTPException, RecursionError) as error:
        late = f"not all of it came within {SECONDS:g} s"
        raise Away(f"{name} at {url} gives no answer ({late if time.monotonic() >= ends else error})") from error
    if status != http.HTTPStatus.OK:
        raise Away(f"{name} answers {status}: {_advice(status)}")
    if not isinstance(found, dict):
        raise Away(f"{name} at {url} answers something else than was asked for")
    return found


def _fetch(url: str) -> tuple[int, bytes]:
    """Straight, since a proxy that the environment names is for the world outside; and the token goes nowhere else."""
    parts = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=SECONDS)
    token = settings.OTHER_SIDE["token"]
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    # The timeout is of each read; a peer that drips would hold a page for as long as it likes.
    alarm = threading.Timer(SECONDS, _end, [connection])
    alarm.daemon = True
    alarm.start()
    try:
        connection.request("GET", urllib.parse.urlunsplit(("", "", parts.path, parts.query, "")), headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(LARGEST)
    finally:
        alarm.cancel()
        connection.close()


def _end(connection: http.client.HTTPConnection) -> None:
    """Whoever reads from it is told that nothing more comes."""
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)  # TLS's own would wait for the reader


def _advice(code: int) -> str:
    variables = settings.OTHER_SIDE["variables"]
    if code in (401, 403):
        return f"look at {variables}; the token is made there by `manage.py tokens create … --scope operate`"
    return f"look at {variables}, and whether both sides have the same version"
