"""The nodes that BROKER_URL names, all of one cluster: each attempt to connect takes the next one."""

import pika
from django.core.exceptions import ImproperlyConfigured

UNREADABLE_URL = (
    "BROKER_URL cannot be read: write amqp://user:password@host:5672/vhost, odd characters percent-encoded; "
    "several nodes with commas between them."
)
UNVERIFIED_URL = "BROKER_URL switches the check of the broker's certificate off: leave `protocol` out of ssl_options."
HEARTBEAT_SECONDS = 10  # the broker's own 60 would leave a connection that died without a word unnoticed for minutes


class Nodes:
    def __init__(self, urls: str) -> None:
        try:
            self.all = [pika.URLParameters(url.strip()) for url in urls.split(",")]
        except (ValueError, TypeError, AttributeError, SyntaxError, OSError) as error:  # the last three: ssl_options
            raise ImproperlyConfigured(UNREADABLE_URL) from error
        for node in self.all:
            if node.ssl_options and not node.ssl_options.context.check_hostname:
                raise ImproperlyConfigured(UNVERIFIED_URL)
            if node.heartbeat is None:
                node.heartbeat = HEARTBEAT_SECONDS
        self._tries = 0

    def next(self) -> pika.URLParameters:
        """The one to try now."""
        self._tries += 1
        return self._node

    @property
    def where(self) -> str:
        """The one that was tried last, in words without its password."""
        node = self._node
        return f"broker {node.credentials.username}@{node.host}:{node.port}, vhost {node.virtual_host}"

    @property
    def _node(self) -> pika.URLParameters:
        return self.all[max(self._tries - 1, 0) % len(self.all)]
