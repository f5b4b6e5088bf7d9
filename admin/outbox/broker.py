"""Which node of the broker to try, and what went wrong with it in words."""

import contextlib
import ssl
from collections.abc import Callable, Iterator

import pika
import structlog
from django.core.exceptions import ImproperlyConfigured
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import (
    AMQPError,
    AMQPHeartbeatTimeout,
    ChannelClosedByBroker,
    ConnectionBlockedTimeout,
    ConnectionClosedByBroker,
    IncompatibleProtocolError,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
    StreamLostError,
)
from processes.activity import activity

from outbox.outcomes import BrokerRefused, BrokerUnavailable, Cause
from outbox.topology import EXCHANGE, EXCHANGE_TYPE

log = structlog.get_logger()

UNREADABLE_URL = (
    "BROKER_URL cannot be read: write amqp://user:password@host:5672/vhost, odd characters percent-encoded; "
    "several nodes with commas between them."
)
UNVERIFIED_URL = "BROKER_URL switches the check of the broker's certificate off: leave `protocol` out of ssl_options."
NOBODYS = "doctor"  # a routing key by which nothing is bound
HEARTBEAT_SECONDS = 10  # the broker's own 60 would leave a connection that died without a word unnoticed for minutes


class Nodes:
    """The nodes that BROKER_URL names, all of one cluster: each attempt to connect takes the next one."""

    def __init__(self, urls: str, *, blocked_seconds: float) -> None:
        try:
            self._all = [pika.URLParameters(url.strip()) for url in urls.split(",")]
        except (ValueError, TypeError, AttributeError, SyntaxError, OSError) as error:  # the last three: ssl_options
            raise ImproperlyConfigured(UNREADABLE_URL) from error
        for node in self._all:
            if node.ssl_options and not node.ssl_options.context.check_hostname:
                raise ImproperlyConfigured(UNVERIFIED_URL)
            node.blocked_connection_timeout = node.blocked_connection_timeout or blocked_seconds
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
        return self._all[max(self._tries - 1, 0) % len(self._all)]


class Look:
    """An open connection, for people who want to know whether a relay could work: nothing is changed by it.

    What is wrong is the answer: the broker's own words, empty where all is well.
    """

    def __init__(self, connection: pika.BlockingConnection, *, where: str) -> None:
        self._connection = connection
        self.where = where
        said = connection._impl.server_properties or {}
        self.server = f"{said.get('product', 'unknown')} {said.get('version', '')}".strip()

    def has_exchange(self) -> bool:
        return not self._refusal(lambda channel: channel.exchange_declare(EXCHANGE, passive=True))

    def exchange_differs(self) -> str:
        """Of one that is there already, which the broker compares."""
        return self._refusal(lambda channel: channel.exchange_declare(EXCHANGE, EXCHANGE_TYPE, durable=True))

    def may_not_publish(self) -> str:
        """The right is looked at when a message comes; the rollback sees to it that it goes nowhere."""

        def publish(channel: BlockingChannel) -> None:
            channel.tx_select()
            channel.basic_publish(EXCHANGE, NOBODYS, b"")
            channel.tx_rollback()

        return self._refusal(publish)

    def _refusal(self, ask: Callable[[BlockingChannel], object]) -> str:
        """On a channel of its own, which a "no" closes."""
        try:
            ask(self._connection.channel())
        except ChannelClosedByBroker as error:
            return str(error.reply_text)
        return ""


@contextlib.contextmanager
def look(urls: str, *, seconds: float) -> Iterator[Look]:
    """Raises BrokerUnavailable, BrokerRefused; so does what is asked within."""
    nodes = Nodes(urls, blocked_seconds=seconds)
    node = nodes.next()
    node.socket_timeout = node.stack_timeout = node.blocked_connection_timeout = seconds
    try:
        connection = pika.BlockingConnection(node)
        try:
            yield Look(connection, where=nodes.where)
        finally:
            if connection.is_open:
                connection.close()
    except (AMQPError, OSError) as error:
        raise explain(error, where=nodes.where) from error


def note_blocked(reason: str) -> None:
    """The broker says that an alarm of its own is in the way of publishing; an empty reason: no longer."""
    if reason:
        log.warning("broker blocks publishing", reason=reason)
    activity.gauges["broker_blocked"] = bool(reason)


def explain(error: BaseException, *, where: str) -> BrokerUnavailable:
    """The error in words for the person who meets it, never with the password."""
    error = _root(error)
    if refusal := _refusal(error):
        return BrokerRefused(f"{where} {refusal}")
    if isinstance(error, IncompatibleProtocolError):
        return BrokerUnavailable(
            f"{where} hung up at once: it is starting, or its port speaks TLS (amqps://)", cause=Cause.UNREACHABLE
        )
    if isinstance(error, ChannelClosedByBroker) and error.reply_code == 404:
        return BrokerUnavailable(f"{where}, exchange {EXCHANGE}: it is gone and will be declared again")
    if isinstance(error, ChannelClosedByBroker):
        advice = {
            403: "the user needs configure and write permission on it",
            406: f"it exists with other arguments; wanted: {EXCHANGE_TYPE}, durable. Delete the other one",
        }.get(error.reply_code, "the broker closed the channel")
        return BrokerRefused(f"{where}, exchange {EXCHANGE}: {advice} ({error.reply_text})")
    if isinstance(error, ConnectionClosedByBroker):
        return BrokerUnavailable(f"{where} closed the connection: {error.reply_code} {error.reply_text}")
    said = str(error) if not isinstance(error, AMQPError) or error.args else ""
    return BrokerUnavailable(f"{where} cannot be reached: {type(error).__name__} {said}".rstrip(), cause=_cause(error))


def _cause(error: BaseException) -> Cause:
    match error:
        case ConnectionBlockedTimeout():
            return Cause.BLOCKED
        case AMQPHeartbeatTimeout():
            return Cause.TIMEOUT
        case StreamLostError():
            return Cause.CLOSED
    return Cause.UNREACHABLE


def _refusal(error: BaseException) -> str:
    """What somebody must mend before another try can do better, if it is that."""
    if isinstance(error, ProbableAuthenticationError):
        return "refuses the user or its password: check BROKER_URL"
    if isinstance(error, ProbableAccessDeniedError) or getattr(error, "reply_code", 0) == 530:
        return "has no such vhost, or not for this user: check BROKER_URL"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"shows a certificate that is not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER":
        return "does not speak TLS on this port, and amqps:// wants it"
    return ""


def _root(error: BaseException) -> BaseException:
    """pika wraps why a connection attempt failed several times over; the innermost says it."""
    while inner := getattr(error, "exceptions", None) or getattr(error, "exception", None) or error.args:
        inner = inner[-1] if isinstance(inner, list | tuple) else inner
        if not isinstance(inner, BaseException):
            break
        error = inner
    return error
