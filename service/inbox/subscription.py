"""This copy as a subscriber: from when on nothing is missed, and whether anything is still on its way."""

from django.conf import settings

from inbox.admin_api import AdminApi
from inbox.models import FeedCursor
from inbox.sources import feed
from inbox.sources.amqp import queue


def join(admin: AdminApi) -> bool:
    """From now on every event is kept for this copy. False if that was not so before: some may have been missed.

    Raises SourceUnavailable, SourceRefused.
    """
    if settings.BROKER_URL:
        was_there = queue.depth() is not None
        queue.declare()
        return was_there
    cursor, is_new = FeedCursor.objects.get_or_create(name=feed.NAME)
    position = admin.put(feed.PATH, position=cursor.position)["position"]
    if position == cursor.position:
        return not is_new
    FeedCursor.objects.filter(name=feed.NAME).update(position=position)
    return False


def newest_event(admin: AdminApi) -> int:
    """The mark for `has_arrived`: what is committed on admin by now is recorded up to here."""
    return int(admin.get("/api/outbox/bounds")["newest"])


def has_arrived(mark: int, admin: AdminApi) -> bool:
    """Whether nothing up to the mark waits any more, neither in the outbox nor in the queue.

    What a consumer holds just now has left both; it takes a moment longer.
    """
    if not settings.BROKER_URL:
        return FeedCursor.objects.filter(name=feed.NAME, position__gte=mark).exists() or not mark
    oldest = int(admin.get("/api/outbox/bounds")["oldest"])
    return (oldest == 0 or oldest > mark) and not queue.depth()
