"""One request of a peer of ours: straight there, in bounded time and size, and its token goes nowhere else."""

import contextlib
import http.client
import socket
import threading
import urllib.parse


def fetch(method: str, url: str, *, token: str, seconds: float, largest: int) -> tuple[int, bytes]:
    """The status and the body, of which nothing is read beyond `largest` bytes.

    Raises OSError, http.client.HTTPException, and ValueError for a URL or a token that no request can have. No proxy is
    asked, since one that the environment names is for the world outside.
    """
    parts = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    # The timeout is of each read; a peer that drips would hold its caller for as long as it likes.
    alarm = threading.Timer(seconds, _end, [connection])
    alarm.daemon = True
    alarm.start()
    try:
        connection.request(method, urllib.parse.urlunsplit(("", "", parts.path, parts.query, "")), headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(largest)
    finally:
        alarm.cancel()
        connection.close()


def _end(connection: http.client.HTTPConnection) -> None:
    """Whoever reads from it is told that nothing more comes."""
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)  # TLS's own would wait for the reader
