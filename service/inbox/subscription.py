"""This copy as a subscriber: from when on nothing is missed, and whether anything is still on its way."""

from collections.abc import Callable

import msgspec
from django.conf import settings
from django.db import transaction

from inbox.admin_api import AdminApi
from inbox.models import FeedCursor
from inbox.sources import SourceRefused, feed
from inbox.sources.amqp import queue
from inbox.sources.amqp.nodes import Nodes

UNKNOWN_HEARTBEAT_SECONDS = 20  # where the URL switches them off


class Position(msgspec.Struct, frozen=True):
    position: int


class Bounds(msgspec.Struct, frozen=True):
    oldest: int
    newest: int
    is_feed: bool


def join(admin: AdminApi, *, note_gap: Callable[[], object]) -> None:
    """From now on every event is kept for this copy. Where that was not so before, some may have been missed:
    `note_gap` is then committed first, or the next attempt, which finds everything in order, would not know of it.

    Raises SourceUnavailable, SourceRefused, django.db.Error.
    """
    if settings.BROKER_URL:
        if queue.depth() is None:
            note_gap()
        queue.declare()
    else:
        _join_feed(admin, note_gap)


def _join_feed(admin: AdminApi, note_gap: Callable[[], object]) -> None:
    """The cursor is locked meanwhile: a consumer that moved it on would have its events taken for gone."""
    FeedCursor.objects.get_or_create(name=feed.NAME)
    with transaction.atomic():
        cursor = FeedCursor.objects.select_for_update().get(name=feed.NAME)
        position = admin.put(Position, feed.PATH, position=cursor.position).position
        if position != cursor.position:
            note_gap()
            FeedCursor.objects.filter(name=feed.NAME).update(position=position)


def require_same_way(admin: AdminApi) -> None:
    """Raises SourceRefused where ADMIN_URL is not admin's, or where one of the two uses a broker and the other none.

    Else a copy could be compared with itself, or events be looked for where none are.
    """
    is_feed = _bounds(admin).is_feed
    if is_feed and settings.BROKER_URL:
        raise SourceRefused(f"{admin.where} uses no broker: take BROKER_URL away here, or set the same there")
    if not is_feed and not settings.BROKER_URL:
        raise SourceRefused(f"{admin.where} publishes to a broker: set the same BROKER_URL here")


def newest_event(admin: AdminApi) -> int:
    """The mark for `has_arrived`: what is committed on admin by now is recorded up to here."""
    return _bounds(admin).newest


def has_arrived(mark: int, admin: AdminApi) -> bool:
    """Whether nothing up to the mark waits any more: the cursor is past it, or it has left outbox and queue.

    What a consumer has in hand has left both: `seconds_in_hand` says for how long.
    """
    if not settings.BROKER_URL:
        return FeedCursor.objects.filter(name=feed.NAME, position__gte=mark).exists() or not mark
    oldest = _bounds(admin).oldest
    return (oldest == 0 or oldest > mark) and not queue.depth()


def seconds_in_hand() -> float:
    """How long what has arrived may go unapplied: a consumer that went mute keeps it for as long as the broker believes
    it alive. None where there is no broker, since the cursor moves with the rows.
    """
    if not settings.BROKER_URL:
        return 0.0
    heartbeat = Nodes(settings.BROKER_URL).all[0].heartbeat or UNKNOWN_HEARTBEAT_SECONDS
    return 3.0 * heartbeat + 5.0


def _bounds(admin: AdminApi) -> Bounds:
    return admin.get(Bounds, "/api/outbox/bounds")
