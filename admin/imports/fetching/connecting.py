"""To an address that was checked, over TLS where it is wanted, with no wait that outlasts the bounds."""

import contextlib
import io
import os
import socket
import ssl
import time
from typing import Any

from urllib3.util import wait_for_write

from imports.fetching.bounds import Bounds
from imports.fetching.targets import Target

SPARE_BYTES = 1_000_000  # for headers


class Stream(io.RawIOBase):
    """What http.client uses of a socket. A host that sends a byte now and then, be it of the headers, meets no timeout
    of a real socket, which begins anew with each.

    It counts what comes, since http.client reads a chunk whose size is -1 to the end of all, at once into memory.
    """

    def __init__(self, connected: socket.socket, bounds: Bounds) -> None:
        self._connected, self._bounds = connected, bounds
        self._left = 2 * bounds.most_bytes + SPARE_BYTES  # chunks may be small, and each has a header

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            self._connected.settimeout(self._bounds.step())
            with contextlib.suppress(TimeoutError):
                received = self._connected.recv_into(buffer)
                break
        self._left -= received
        if self._left < 0:
            raise OSError("it sends without an end")
        return received

    def sendall(self, data: bytes) -> None:
        self._connected.settimeout(self._bounds.left())
        self._connected.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def settimeout(self, seconds: object) -> None:
        """The bounds know better."""

    def close(self) -> None:
        """Left to who connected: http.client does it before the body is read."""


def connected(asked: Target, addresses: list[str], bounds: Bounds) -> socket.socket:
    """To the first address that answers; each gets its share of the time. Raises OSError."""
    failed = OSError("it has no address")
    for tried, address in enumerate(addresses):
        until = time.monotonic() + bounds.left() / (len(addresses) - tried)
        try:
            return _connected(address, asked.port, bounds, until)
        except OSError as error:
            failed = error
    raise failed


def _connected(address: str, port: int, bounds: Bounds, until: float) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            made.connect((address, port))
        while not wait_for_write(made, timeout=min(bounds.step(), max(until - time.monotonic(), 0))):
            if time.monotonic() >= until:
                raise TimeoutError("nobody answers at its address")
        if number := made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(number, os.strerror(number))
    except BaseException:
        made.close()
        raise
    return made


def secured(plain: socket.socket, asked: Target, bounds: Bounds, tls: ssl.SSLContext | None) -> socket.socket:
    """The certificate must be the name's, whatever the address. Raises OSError, of which ssl.SSLError is one."""
    if tls is None:
        return plain
    made = tls.wrap_socket(plain, server_hostname=asked.host, do_handshake_on_connect=False)
    try:
        while True:
            made.settimeout(bounds.step())
            with contextlib.suppress(TimeoutError):
                made.do_handshake()
                return made
    except BaseException:
        made.close()
        raise
