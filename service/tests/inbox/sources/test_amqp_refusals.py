"""What somebody must mend is said in words: what, where, what to do, and never the password."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from inbox import topology
from inbox.sources import SourceRefused, SourceUnavailable
from inbox.sources.amqp import AmqpSource, connection
from pytest_django import Settings

from tests.broker import Broker
from tests.database import closed_port

OpenSource = Callable[..., AmqpSource]
SECRET = "hunter2%2Fhunter3"


def refused(open_source: OpenSource, url: str, kind: type[SourceUnavailable] = SourceRefused) -> str:
    """What the source says of `url`: one line, without a secret."""
    with pytest.raises(SourceUnavailable) as caught:
        open_source(url=url)
    said = str(caught.value)
    assert type(caught.value) is kind
    assert "\n" not in said
    assert str(urlsplit(url).password) not in said
    assert "hunter" not in said
    return said


def changed(url: str, *, password: str = "", user: str = "", port: int = 0, vhost: str = "") -> str:
    parts = urlsplit(url)
    who = f"{user or parts.username}:{password or parts.password}"
    where = f"{parts.hostname}:{port or parts.port}"
    return parts._replace(netloc=f"{who}@{where}", path=f"/{vhost}" if vhost else parts.path).geturl()


def test_a_missing_exchange_names_who_declares_it_and_is_waited_for(broker: Broker, open_source: OpenSource) -> None:
    broker.clear()
    said = refused(open_source, broker.url, SourceUnavailable)
    assert "no exchange 'catalogue.events'" in said
    assert "Admin's relay declares the exchange when it connects" in said
    broker.declare_exchange()
    source = open_source()
    broker.publish([b"event"])
    assert source.receive(seconds=5)


def test_a_queue_with_other_arguments_says_which_were_wanted_and_what_to_do(
    broker: Broker, open_source: OpenSource
) -> None:
    broker.declare_queue(**topology.QUEUE_ARGUMENTS | {"x-delivery-limit": 3})
    said = refused(open_source, broker.url)
    assert "service.products" in said
    assert "x-delivery-limit" in said
    assert str(topology.QUEUE_ARGUMENTS) in said
    assert "delete it, and it is declared anew" in said
    broker.declare_queue(**topology.QUEUE_ARGUMENTS | {"x-delivery-limit": 3})  # as it was
    broker.delete_queue()
    open_source()


@pytest.mark.parametrize(
    "wrong", [{"password": SECRET}, {"user": "nobody"}, {"user": "nobody", "password": SECRET}], ids=str
)
def test_a_wrong_user_or_password_is_refused(
    broker: Broker, open_source: OpenSource, caplog: pytest.LogCaptureFixture, wrong: dict[str, str]
) -> None:
    said = refused(open_source, changed(broker.url, **wrong))
    assert "refuses the user or its password: check BROKER_URL" in said
    assert (wrong.get("user") or str(urlsplit(broker.url).username)) in said
    assert "hunter" not in caplog.text


def test_a_wrong_vhost_is_refused(broker: Broker, open_source: OpenSource) -> None:
    said = refused(open_source, changed(broker.url, vhost="elsewhere"))
    assert "vhost elsewhere has no such vhost, or not for this user: check BROKER_URL" in said


def test_a_port_where_nobody_listens_is_unavailable(broker: Broker, open_source: OpenSource) -> None:
    port = closed_port()
    said = refused(open_source, changed(broker.url, port=port, password=SECRET), SourceUnavailable)
    assert f"127.0.0.1:{port}" in said
    assert "cannot be reached: ConnectionRefusedError" in said


@contextmanager
def server(answer: bytes | None) -> Iterator[int]:
    """One that is no broker: gives `answer` and closes, or (None) stays silent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                held.append(connection)
                if answer is not None:
                    connection.sendall(answer)
                    connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in held:
            connection.close()


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"AMQP\x00\x00\x09\x02"])
def test_what_is_no_broker_is_unavailable(broker: Broker, open_source: OpenSource, answer: bytes) -> None:
    with server(answer) as port:
        refused(open_source, changed(broker.url, port=port, password=SECRET), SourceUnavailable)


def test_a_broker_that_is_silent_is_given_up(
    broker: Broker, open_source: OpenSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "OPEN_SECONDS", 0.3)
    with server(None) as port:
        said = refused(open_source, changed(broker.url, port=port), SourceUnavailable)
    assert "gave no answer within 0.3 s" in said


def test_a_source_that_was_refused_opens_as_soon_as_it_can(
    broker: Broker, open_source: OpenSource, settings: Settings
) -> None:
    """The same object, as in the consumer's loop, and without losing a file descriptor to each try."""
    source = open_source()
    source.close()
    broker.clear()

    def attempt() -> None:
        with pytest.raises(SourceUnavailable):
            source.open()
        source.close()

    attempt()
    before = descriptors()
    for _ in range(5):
        attempt()
    assert descriptors() <= before
    broker.declare_exchange()
    source.open()
    broker.publish([b"event"])
    assert source.receive(seconds=5)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize(
    "url",
    [
        "amqp://user:hunter2@host:port/",
        "amqp://user:hunter2@host:99999/",
        "amqp://user:hunter/2@host/",
        "amqp://user:hunter2@[::1/",
        "amqp://user:hunter2@host/vhost?heartbeat=often",
        "amqp://user:hunter2@host/vhost?nonsense=1",
        "amqps://user:hunter2@host/vhost?ssl_options={",
        "amqps://user:hunter2@host/vhost?ssl_options='a'",
        "amqps://user:hunter2@host/vhost?ssl_options={'cafile':'hunter2.pem'}",
        "amqp://user:hunter2@host/vhost?tcp_options=1",
    ],
)
def test_a_url_that_cannot_be_read_is_refused_in_one_line(settings: Settings, url: str) -> None:
    settings.BROKER_URL = url
    with pytest.raises(ImproperlyConfigured, match="BROKER_URL cannot be read") as caught:
        AmqpSource()
    assert "hunter" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:ssl.PROTOCOL_TLS is deprecated")
def test_a_url_that_switches_the_check_of_the_certificate_off_is_refused(settings: Settings) -> None:
    settings.BROKER_URL = "amqps://user:hunter2@host/vhost?ssl_options={'protocol':2%2C'capath':'/'}"
    with pytest.raises(ImproperlyConfigured, match="the check of the broker's certificate off") as caught:
        AmqpSource()
    assert "hunter" not in str(caught.value)
