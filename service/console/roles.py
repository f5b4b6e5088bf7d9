"""Whether this side has a process to steer."""

from config import sync
from django.conf import settings

NONE = "Without a broker admin has no relay. Pause the consumer, on service: its sync page, or manage.py pause there."


def is_there() -> bool:
    """A relay is wanted where there is a broker; a consumer always."""
    return sync.ROLE == "consumer" or bool(settings.BROKER_URL)
