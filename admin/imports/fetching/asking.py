"""One request to one checked address, bounded in time and bytes."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from typing import Any

import msgspec
from jobs.errors import Interrupted, Later, Refused
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import DecodeError, HTTPError, SSLError
from urllib3.util import Url, parse_url

CHUNK = 64 * 1024
WATCH_SECONDS = 0.5
PORTS = {"http": 80, "https": 443}


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A URL that may be asked, in parts. Any port: what is behind it is public as its address is."""

    url: str
    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == PORTS[self.scheme] else f":{self.port}")


def target(url: str) -> Target:
    """Raises Refused for what is no URL of the web."""
    try:
        parts: Url = parse_url(url)
    except (HTTPError, ValueError) as error:
        raise Refused(f"{url} is no URL that can be read.") from error
    if parts.scheme not in PORTS or not parts.host:
        raise Refused(f"{url} is not read: a URL begins with http:// or https:// and a host.")
    if parts.auth:
        raise Refused("A URL with a user or password is not read: leave them out.")
    return Target(
        url=parts._replace(fragment=None).url,
        scheme=parts.scheme,
        host=parts.host.strip("[]"),
        port=parts.port or PORTS[parts.scheme],
        path=parts.request_uri,
    )


class Raw(msgspec.Struct, frozen=True, kw_only=True):
    status: int
    headers: dict[str, str]  # lower case
    body: bytes  # empty of a redirect


def ask(asked: Target, address: str, *, headers: dict[str, str], bounds: "Bounds") -> Raw:
    """Raises Refused, Later, and what bounds.look raises."""
    connection = _connection(asked, address, seconds=bounds.seconds)
    try:
        with bounds.watching(connection):
            host = asked.origin.partition("://")[2]
            connection.connect()
            bounds.hold(connection)
            connection.request(
                "GET", asked.path, headers={"Host": host, **headers}, preload_content=False, decode_content=True
            )
            response = connection.getresponse()
            told = {name.lower(): value for name, value in response.headers.items()}
            body = b"" if response.status // 100 == 3 else _body(response, asked, bounds)
            return Raw(status=response.status, headers=told, body=body)
    except (SSLError, ssl.SSLError) as error:
        bounds.look()
        if bounds.is_over:
            raise Later(bounds.said(asked)) from error
        raise Refused(f"{asked.url}: its certificate or TLS is not accepted ({error}).") from error
    except DecodeError as error:
        raise Refused(f"{asked.url} is packed in a way that cannot be unpacked.") from error
    except (HTTPError, HTTPException, OSError, ValueError) as error:  # ValueError: of a socket that was closed
        bounds.look()
        if bounds.is_over:
            raise Later(bounds.said(asked)) from error
        raise Later(f"{asked.url} cannot be read: {_words(error)}.") from error
    finally:
        connection.close()


class Bounds:
    """What an answer may take. Starts when it is made."""

    def __init__(self, *, seconds: float, most_bytes: int, look: Callable[[], None]) -> None:
        self.seconds = seconds
        self.most_bytes = most_bytes
        self.look = look
        self._deadline = time.monotonic() + seconds
        self._sock: Any = None

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._deadline

    def said(self, asked: Target) -> str:
        return f"{asked.url} took longer than {self.seconds:g} s (IMPORTS_FETCH_SECONDS)."

    def hold(self, connection: HTTPConnection) -> None:
        """Its socket, which the connection forgets where the host ends the answer by hanging up."""
        self._sock = connection.sock

    @contextlib.contextmanager
    def watching(self, connection: HTTPConnection) -> Iterator[None]:
        """Cuts the connection when the time is over, or the import is to stop: a host that sends a byte now and then
        meets no timeout of its own."""
        done = threading.Event()
        watch = threading.Thread(target=self._watch, args=(connection, done), name="fetch", daemon=True)
        watch.start()
        try:
            yield
        finally:
            done.set()
            watch.join()

    def _watch(self, connection: HTTPConnection, done: threading.Event) -> None:
        while not done.wait(min(WATCH_SECONDS, max(self._deadline - time.monotonic(), 0.01))):
            if self.is_over or self._is_interrupted():
                cut(self._sock or connection.sock)

    def _is_interrupted(self) -> bool:
        try:
            self.look()
        except Interrupted:
            return True
        return False


def cut(sock: Any) -> None:
    """By the socket below TLS, whose own goodbye would want the thread that reads."""
    if sock is not None:
        with contextlib.suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _connection(asked: Target, address: str, *, seconds: float) -> HTTPConnection:
    if asked.scheme == "http":
        return HTTPConnection(address, asked.port, timeout=seconds)
    return HTTPSConnection(
        address,
        asked.port,
        timeout=seconds,
        server_hostname=asked.host,
        assert_hostname=asked.host,
        cert_reqs="CERT_REQUIRED",
    )


def _body(response: Any, asked: Target, bounds: Bounds) -> bytes:
    """Unpacked piece by piece, so that a bomb is noticed by its first megabytes."""
    pieces: list[bytes] = []
    size = 0
    while piece := response.read(CHUNK):
        bounds.look()
        pieces.append(piece)
        size += len(piece)
        if size > bounds.most_bytes:
            raise Refused(f"{asked.url} is larger than {bounds.most_bytes:,} bytes (IMPORTS_MAX_BYTES).")
    bounds.look()
    if bounds.is_over:  # and cut off, which looks like an end
        raise TimeoutError
    return b"".join(pieces)


def _words(error: BaseException) -> str:
    """The innermost reason: urllib3 wraps it, and says where in memory its objects are."""
    cause: BaseException = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    said = str(cause) if isinstance(cause, OSError) else type(error).__name__
    return getattr(cause, "strerror", None) or said or type(cause).__name__
