"""Where events come from, looked at before anything starts; what it leads to is for the sources."""

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


def require_admin_url(url: str) -> None:
    """Likewise."""
    try:
        parts = urlsplit(url)
        is_readable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_readable = False
    if not is_readable or not url.isprintable() or " " in url:
        raise ImproperlyConfigured("ADMIN_URL must be admin's base URL, as http://127.0.0.1:8000.")
