"""BROKER_URL, looked at before anything starts; what it leads to is for the one module that knows pika."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

FORM = "amqp://user:password@host:5672/vhost (or amqps://), odd characters percent-encoded"


def require_broker_url(url: str) -> None:
    """Raises ImproperlyConfigured where it makes no sense; says nothing of its parts, one of which is a password."""
    try:
        is_readable = not url or (urlsplit(url).scheme in ("amqp", "amqps") and urlsplit(url).port != 0)
    except ValueError:
        is_readable = False
    if not is_readable:
        raise ImproperlyConfigured(f"BROKER_URL cannot be read: write {FORM}.")
