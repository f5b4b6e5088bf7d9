"""Service, asked over HTTP by a job: what it answers, or why the job goes no further."""

import contextlib
import http.client
import json
import socket
import threading
import urllib.parse
from typing import Any

from django.conf import settings

from jobs.errors import Later, Refused

SECONDS = 10.0
LARGEST = 1024 * 1024
SERVER_ERROR = 500


def ask(method: str, path: str) -> tuple[int, dict[str, Any]]:
    """The status, below 400 or 404 or 409, and the JSON object. Raises Later, Refused."""
    url = settings.OTHER_SIDE["url"]
    if not url:
        raise Refused("Where service is, nobody has said: set SERVICE_URL and SERVICE_TOKEN where the worker runs.")
    try:
        status, body = _fetch(method, url.rstrip("/") + path)
    except ValueError:  # whose words have the token in them
        raise Refused("SERVICE_URL or SERVICE_TOKEN has characters that no request can have.") from None
    except (OSError, http.client.HTTPException) as error:
        said = str(error) or type(error).__name__
        raise Later(f"service at {url} (SERVICE_URL) gives no answer: {said}.") from error
    _require(status, url)
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused(odd(url))
    return status, found


def odd(url: str) -> str:
    return (
        f"service at {url} (SERVICE_URL) answers something else than was asked for: has it the same version as admin?"
    )


def _require(status: int, url: str) -> None:
    if status in (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN):
        raise Refused(
            f"service answers {status}: SERVICE_TOKEN, where the worker runs, must be a token of service's with the "
            'scope "operate". Make one there: manage.py tokens create admin --scope operate.'
        )
    if status >= SERVER_ERROR or status == http.HTTPStatus.TOO_MANY_REQUESTS:
        raise Later(f"service at {url} (SERVICE_URL) answers {status}: its log says why.")
    if status not in (200, 202, 404, 409):
        raise Refused(
            f"service at {url} answers {status}: look at SERVICE_URL, and whether both have the same version."
        )


def _fetch(method: str, url: str) -> tuple[int, bytes]:
    """Straight, since a proxy that the environment names is for the world outside; and the token goes nowhere else."""
    parts = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=SECONDS)
    token = settings.OTHER_SIDE["token"]
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    # The timeout is of each read; a peer that drips would hold the job for as long as it likes.
    alarm = threading.Timer(SECONDS, _end, [connection])
    alarm.daemon = True
    alarm.start()
    try:
        connection.request(method, urllib.parse.urlunsplit(("", "", parts.path, parts.query, "")), headers=headers)
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
