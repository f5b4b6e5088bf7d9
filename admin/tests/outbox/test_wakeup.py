import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from catalogue.models import Product
from django.db import connection
from outbox import wakeup
from outbox.lease import RelayLease
from outbox.models import Lease

from tests.support import eventually, told

commits = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ear() -> Iterator[socket.socket]:
    with wakeup.listen() as ear:
        ear.settimeout(10)
        yield ear


def lease(ear: socket.socket) -> None:
    """What a relay that becomes active writes into its lease row."""
    host, port = ear.getsockname()
    assert RelayLease(wake_address=f"{host}:{port}").take()


@commits
def test_a_commit_sends_a_datagram_to_the_active_relay(ear: socket.socket) -> None:
    lease(ear)
    Product.objects.create(title="Lamp")
    assert ear.recv(1) == b""


@commits
def test_the_address_is_looked_up_once_in_a_while(ear: socket.socket, django_assert_num_queries: Any) -> None:
    lease(ear)
    wakeup.wake()
    with django_assert_num_queries(0):
        wakeup.wake()
    assert [ear.recv(1), ear.recv(1)] == [b"", b""]


@commits
def test_an_address_that_is_not_there_yet_is_looked_up_again(ear: socket.socket) -> None:
    wakeup.wake()
    lease(ear)

    def is_woken() -> bool:
        wakeup.wake()
        ear.setblocking(False)
        try:
            ear.recv(1)
        except BlockingIOError:
            return False
        return True

    assert eventually(is_woken)


@commits
@pytest.mark.parametrize(
    "address", ["", "127.0.0.1:1", "10.255.255.1:9", "255.255.255.255:9", "no-such-host.invalid:9"]
)
def test_an_address_that_leads_nowhere_harms_no_writer(address: str, caplog: pytest.LogCaptureFixture) -> None:
    RelayLease(wake_address=address).take()
    began = time.monotonic()
    Product.objects.create(title="Lamp")
    Product.objects.update(title="Lantern")
    assert time.monotonic() - began < 10
    assert len(told()) == 2
    assert caplog.text == ""


@commits
def test_no_relay_at_all_harms_no_writer() -> None:
    assert not Lease.objects.exists()
    Product.objects.create(title="Lamp")
    assert len(told()) == 1


@commits
def test_without_a_broker_a_commit_ends_a_wait_in_this_process(embedded: None) -> None:
    waiting = threading.Thread(target=wakeup.wait_for_write, kwargs={"seconds": 30})
    began = time.monotonic()
    waiting.start()
    eventually(lambda: wakeup._written._waiters)  # type: ignore[attr-defined]
    Product.objects.create(title="Lamp")
    waiting.join()
    assert time.monotonic() - began < 15


def test_a_wait_ends_by_itself() -> None:
    wakeup.wait_for_write(seconds=0.01)


def test_all_hints_are_taken_at_once() -> None:
    with wakeup.listen() as ear:
        for _ in range(3):
            ear.sendto(b"", ear.getsockname())
        wakeup.drain(ear)
        with pytest.raises(BlockingIOError):
            ear.recv(1)


@pytest.mark.parametrize(
    ("host", "heard_on"),
    [
        ("", "127.0.0.1"),
        ("/run/mysqld/mysqld.sock", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("no-such-host.invalid", "127.0.0.1"),
        ("::1", "127.0.0.1"),
    ],
)
def test_a_relay_listens_where_its_database_is_reached(
    monkeypatch: pytest.MonkeyPatch, host: str, heard_on: str
) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", host)
    with wakeup.listen() as ear:
        assert ear.getsockname()[0] == heard_on
