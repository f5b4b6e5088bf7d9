"""The embedded source: pulls admin's outbox over HTTP. The cursor is stored with the rows: none is passed over."""

import base64
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
from django.conf import settings

from inbox.envelope import Delivery
from inbox.models import FeedCursor
from inbox.sources import SourceRefused, SourceUnavailable

NAME = "service"
HANG_SECONDS = 10  # how much longer than asked an answer may take
MAX_WAIT_SECONDS = 2.0  # a pull that waits occupies a thread of admin's, and delays both ends' stopping

_batches = msgspec.json.Decoder(list[msgspec.Raw])


class FeedSource:
    def __init__(self) -> None:
        parts = urlsplit(settings.ADMIN_URL)
        host = parts.hostname or ""
        self._base = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{parts.port}' if parts.port else ''}"
        self._url = f"{self._base}{parts.path.rstrip('/')}/api/subscriptions/{NAME}/pull"
        self._headers = {"Content-Type": "application/json"}
        if parts.username:
            user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers["Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
        self._woken = threading.Event()
        self._position = self._next = 0

    def open(self) -> None:
        cursor, _ = FeedCursor.objects.get_or_create(name=NAME)
        self._position = self._next = cursor.position

    def receive(self, *, seconds: float) -> Sequence[Delivery]:
        request = {
            "position": self._position,
            "wait_seconds": min(seconds, MAX_WAIT_SECONDS),
            "limit": settings.INBOX.batch,
        }
        self._next, body = self._pull(request)
        try:
            events = _batches.decode(body)
        except msgspec.DecodeError as error:
            raise SourceUnavailable(f"{self._base} answered something else than a batch of events: {error}") from error
        return [Delivery(body=bytes(event), source=f"feed:{NAME}") for event in events]

    def note(self) -> None:
        FeedCursor.objects.update_or_create(name=NAME, defaults={"position": self._next})

    def acknowledge(self) -> None:
        """The next pull says it to admin: it starts from here."""
        self._position = self._next

    def wait(self, *, seconds: float) -> None:
        self._woken.wait(seconds)
        self._woken.clear()

    def wake(self) -> None:
        self._woken.set()

    def close(self) -> None:
        """Nothing is held between two pulls."""

    def _pull(self, wanted: dict[str, Any]) -> tuple[int, bytes]:
        # Settings let http and https alone through.
        request = urllib.request.Request(self._url, json.dumps(wanted).encode(), self._headers)  # noqa: S310
        try:
            timeout = wanted["wait_seconds"] + HANG_SECONDS
            with urllib.request.urlopen(request, timeout=timeout) as response:  # noqa: S310
                return int(response.headers["Lockstep-Position"]), response.read()
        except urllib.error.HTTPError as error:
            raise self._explain(error) from error
        except (OSError, ValueError, TypeError) as error:
            reason = getattr(error, "reason", error)
            raise SourceUnavailable(f"admin at {self._base} (ADMIN_URL) gives no events: {reason}") from error

    def _explain(self, error: urllib.error.HTTPError) -> SourceUnavailable:
        said = error.read(1000).decode(errors="replace")
        advice = {
            401: "set a user and password of admin's staff in ADMIN_URL",
            403: "the user in ADMIN_URL is not of admin's staff",
            404: "ADMIN_URL is not admin's base URL",
            409: "admin publishes to a broker: set the same BROKER_URL here",
            410: f"admin no longer holds the events after position {self._position}, so this copy cannot catch up from"
            " the feed; start both with empty databases, or fill this one and set its cursor (docs/architecture.md)",
        }.get(error.code)
        if advice is None:
            return SourceUnavailable(f"admin at {self._base} answered {error.code}: {said[:200]}")
        return SourceRefused(f"admin at {self._base} answered {error.code}: {advice}. It said: {said[:200]}")
