"""One request to one checked address, bounded in time and bytes."""

import ssl
import zlib
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any, cast

import msgspec
from jobs.errors import Later, Refused
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from imports.fetching.bounds import Bounds
from imports.fetching.connecting import Stream, connected, secured
from imports.fetching.targets import Target
from imports.fetching.unpacking import CHUNK, ENCODINGS, unpacked

ENDS = (ssl.SSLEOFError, ssl.SSLZeroReturnError)  # of a connection, not of what it is secured with


class Raw(msgspec.Struct, frozen=True, kw_only=True):
    status: int
    headers: dict[str, str]  # lower case
    body: bytes  # unpacked; empty where nothing was found. One byte more than bounds.most_bytes: it has more than those


class _Connection(HTTPConnection):
    """Over what is connected already. It serves one request: the host's delay is longer than what a new one costs."""

    def __init__(self, stream: Stream) -> None:
        super().__init__("checked")
        self._stream = stream

    def connect(self) -> None:
        self.sock = cast(Any, self._stream)


def ask(
    asked: Target, addresses: list[str], *, headers: dict[str, str], bounds: Bounds, tls: ssl.SSLContext | None
) -> Raw:
    """Raises Refused, Later, and what bounds.left raises. No proxy is used: it would look the host up anew."""
    try:
        with connected(asked, addresses, bounds) as plain, secured(plain, asked, bounds, tls) as sock:
            connection = _Connection(Stream(sock, bounds))
            sent = {"Host": asked.authority, "Connection": "close", **headers}
            connection.request("GET", asked.path, headers=sent, preload_content=False, decode_content=False)
            response = connection.getresponse()
            told = {name.lower(): value for name, value in response.headers.items()}
            body = _body(response, asked, told, bounds) if response.status // 100 == 2 else b""
            return Raw(status=response.status, headers=told, body=body)
    except ssl.SSLError as error:
        kind = Later if isinstance(error, ENDS) else Refused
        raise kind(f"{asked}: its certificate or TLS is not accepted ({_words(error)}).") from error
    except (HTTPError, HTTPException, OSError) as error:
        raise Later(f"{asked} cannot be read: {_words(error)}.") from error


def _body(response: Any, asked: Target, told: dict[str, str], bounds: Bounds) -> bytes:
    encoding = told.get("content-encoding", "").strip().lower()
    if encoding not in ENCODINGS:
        raise Refused(f"{asked} is packed as {encoding[:50]!r}, which was not asked for: gzip and deflate are read.")
    pieces: list[bytes] = []
    left = bounds.most_bytes + 1
    try:
        for piece in unpacked(_received(response, bounds), encoding):
            pieces.append(piece[:left])
            left -= len(piece)
            if left <= 0:
                break
    except EOFError as error:
        raise Later(f"{asked} ends too early.") from error
    except (zlib.error, ValueError) as error:  # ValueError: http.client's, for odd sizes of chunks
        raise Refused(f"{asked} is packed in a way that cannot be unpacked.") from error
    return b"".join(pieces)


def _received(response: Any, bounds: Bounds) -> Iterator[bytes]:
    while piece := response.read(CHUNK):
        bounds.left()
        yield piece


def _words(error: BaseException) -> str:
    """The innermost reason: urllib3 wraps it, and says where in memory its objects are."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    cause: BaseException = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    said = str(cause) if isinstance(cause, OSError) else type(error).__name__
    return getattr(cause, "strerror", None) or said or type(cause).__name__
