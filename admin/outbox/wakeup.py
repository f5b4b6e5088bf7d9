"""A hint at commit: it wakes the relay by a UDP datagram, or a pull that waits in this process. It may be lost."""

import contextlib
import socket
import threading
import time
from urllib.parse import urlsplit

from django.conf import settings
from processes.addresses import own_host

from outbox.models import Lease

_written = threading.Condition()
_sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
_sender.setblocking(False)
_known_for_seconds = 5.0
_relay: tuple[float, tuple[str, int] | None] = (0.0, None)


def wake() -> None:
    """Tells whoever waits that events were committed; costs a look at the lease row once in a few seconds."""
    if not settings.BROKER_URL:
        with _written:
            _written.notify_all()
    elif address := _relay_address():
        with contextlib.suppress(OSError):  # the relay looks by itself within poll_seconds
            _sender.sendto(b"", address)


def wait_for_write(*, seconds: float) -> None:
    """Returns when this process has committed an event, or after `seconds`."""
    with _written:
        _written.wait(seconds)


def listen() -> socket.socket:
    """The relay's ear: a socket on the address by which this machine reaches the database, so admin's webs reach it."""
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.setblocking(False)
    ear.bind((own_host(), 0))
    return ear


def drain(ear: socket.socket) -> bool:
    """Takes all hints that have come, since one look at the outbox answers them all; whether there were any."""
    is_woken = False
    with contextlib.suppress(BlockingIOError):
        while True:
            ear.recv(1)
            is_woken = True
    return is_woken


def _relay_address() -> tuple[str, int] | None:
    """The active relay's ear, as its lease row says; looked up once in a few seconds."""
    global _relay
    looked_at, address = _relay
    if time.monotonic() - looked_at > (_known_for_seconds if address else 1.0):
        said = Lease.objects.filter(name="relay").values_list("wake_address", flat=True).first()
        parts = urlsplit(f"//{said}") if said else None
        address = (parts.hostname, parts.port) if parts and parts.hostname and parts.port else None
        _relay = (time.monotonic(), address)
    return address
