"""The embedded source: pulls admin's outbox over HTTP. The cursor is stored with the rows: none is passed over."""

import base64
import contextlib
import http.client
import json
import os
import select
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
        self._bell_reader, self._bell = os.pipe()
        os.set_blocking(self._bell_reader, False)
        # Straight to admin: a proxy that the environment names is for the world outside.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._position = self._next = 0

    @property
    def where(self) -> str:
        return f"admin at {self._base}"

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
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._no_events(f"it answered something else than a batch of them ({error})") from error
        return [Delivery(body=bytes(event), source=f"feed:{NAME}") for event in events]

    def note(self) -> None:
        """Only from where this batch began: a slower consumer beside this one must not set the cursor back."""
        if not FeedCursor.objects.filter(name=NAME, position=self._position).update(position=self._next):
            raise SourceUnavailable("another consumer has moved the feed's cursor; run only one without a broker")

    def acknowledge(self) -> None:
        """The next pull says it to admin: it starts from here."""
        self._position = self._next

    def wait(self, *, seconds: float) -> None:
        select.select([self._bell_reader], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            os.read(self._bell_reader, 64)

    def wake(self) -> None:
        """Takes no lock, as a threading.Event would: the signal may have interrupted the one who holds it."""
        os.write(self._bell, b"\0")

    def close(self) -> None:
        """Nothing is held between two pulls."""

    def _pull(self, wanted: dict[str, Any]) -> tuple[int, bytes]:
        # Settings let http and https alone through.
        request = urllib.request.Request(self._url, json.dumps(wanted).encode(), self._headers)  # noqa: S310
        try:
            timeout = wanted["wait_seconds"] + HANG_SECONDS
            with self._opener.open(request, timeout=timeout) as response:
                position, body = response.headers.get("Lockstep-Position", ""), response.read()
        except urllib.error.HTTPError as error:
            with error:
                raise self._explain(error) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise self._no_events(getattr(error, "reason", error)) from error
        if not position.isdecimal():
            raise self._no_events("its answer has no Lockstep-Position")
        return int(position), body

    def _no_events(self, reason: object) -> SourceUnavailable:
        return SourceUnavailable(f"{self.where} (ADMIN_URL) gives no events: {' '.join(str(reason).split())}")

    def _explain(self, error: urllib.error.HTTPError) -> SourceUnavailable:
        said = repr(error.read(1000).decode(errors="replace")[:200])
        advice = {
            401: "set a user and password of admin's staff in ADMIN_URL",
            403: "the user in ADMIN_URL is not of admin's staff",
            404: "ADMIN_URL is not admin's base URL",
            409: "admin publishes to a broker: set the same BROKER_URL here",
            410: f"admin's feed cannot continue from position {self._position}; empty this copy and fill it again as"
            " docs/architecture.md says",
        }.get(error.code)
        if advice is None:
            return SourceUnavailable(f"{self.where} answered {error.code}: {said}")
        return SourceRefused(f"{self.where} answered {error.code}: {advice}. It said: {said}")
