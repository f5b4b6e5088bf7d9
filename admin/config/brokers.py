"""BROKER_URL, looked at before anything starts; what it leads to is for the publisher."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

FORM = "amqp://user:password@host:5672/vhost (or amqps://), odd characters percent-encoded"


def require_broker_url(urls: str) -> None:
    """Raises ImproperlyConfigured where it makes no sense; says nothing of its parts, one of which is a password."""
    nodes = urls.split(",") if urls else []
    try:
        parts = [urlsplit(url.strip()) for url in nodes]
        is_readable = all(part.scheme in ("amqp", "amqps") and part.port != 0 for part in parts)
    except ValueError:
        is_readable = False
    if not is_readable:
        raise ImproperlyConfigured(
            f"BROKER_URL cannot be read: write {FORM}; several nodes of a cluster with commas between them."
        )
    if len({part.scheme for part in parts}) > 1:
        raise ImproperlyConfigured("BROKER_URL names nodes with and without TLS: the password would go to both.")
    if len({part.path for part in parts}) > 1:
        raise ImproperlyConfigured("BROKER_URL names nodes with different vhosts: one cluster, one vhost.")
