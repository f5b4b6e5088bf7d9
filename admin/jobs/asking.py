"""Service, asked over HTTP by a job: what it answers, or why the job goes no further."""

import http.client
import json
from typing import Any

from config.peers import fetch
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
        token = settings.OTHER_SIDE["token"]
        status, body = fetch(method, url.rstrip("/") + path, token=token, seconds=SECONDS, largest=LARGEST)
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
