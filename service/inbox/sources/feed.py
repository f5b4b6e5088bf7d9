"""The embedded source: pulls admin's outbox over HTTP. The cursor is stored with the rows: none is passed over."""

import contextlib
import os
import select
from collections.abc import Sequence

import msgspec
from django.conf import settings

from inbox.admin_api import AdminApi
from inbox.envelope import Delivery
from inbox.models import FeedCursor
from inbox.sources import SourceUnavailable

NAME = "service"
PATH = f"/api/subscriptions/{NAME}"
MAX_WAIT_SECONDS = 2.0  # a pull that waits occupies a thread of admin's, and delays both ends' stopping

_batches = msgspec.json.Decoder(list[msgspec.Raw])


def position() -> int:
    """How far the copy has followed the feed, 0 if not yet."""
    return FeedCursor.objects.filter(name=NAME).values_list("position", flat=True).first() or 0


class FeedSource:
    def __init__(self) -> None:
        self._admin = AdminApi()
        self._bell_reader, self._bell = os.pipe()
        os.set_blocking(self._bell_reader, False)
        self._position = self._next = 0

    @property
    def where(self) -> str:
        return self._admin.where

    def open(self) -> None:
        cursor, _ = FeedCursor.objects.get_or_create(name=NAME)
        self._position = self._next = cursor.position

    def receive(self, *, seconds: float) -> Sequence[Delivery]:
        wait_seconds = min(seconds, MAX_WAIT_SECONDS)
        wanted = {"position": self._position, "wait_seconds": wait_seconds, "limit": settings.INBOX.batch}
        gone = f"admin's feed cannot continue from position {self._position}; run manage.py bootstrap_replica"
        headers, body = self._admin.request("POST", f"{PATH}/pull", wanted, seconds=wait_seconds, advice={410: gone})
        position = headers.get("Lockstep-Position", "")
        if not position.isdecimal():
            raise self._admin.fails("it has no Lockstep-Position")
        try:
            events = _batches.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._admin.fails(f"it answered something else than a batch of events ({error})") from error
        self._next = int(position)
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
