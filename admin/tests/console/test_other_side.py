"""What the other side may do to us: answers that never end, and others than were asked for. Over real sockets."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from console import other_side
from console.other_side import Away

Serve = Callable[[bytes, bytes], None]
DRIPS = 0.05  # seconds between two bytes


@pytest.fixture
def serve(settings: Any) -> Iterator[Serve]:
    """A peer that says `at_once`, then one byte of `slowly` after the other until nobody listens."""
    with contextlib.ExitStack() as held:

        def start(at_once: bytes, slowly: bytes) -> None:
            server = held.enter_context(socket.create_server(("127.0.0.1", 0)))
            server.settimeout(10)
            thread = threading.Thread(target=_answer, args=(server, at_once, slowly))
            thread.start()
            held.callback(thread.join)
            settings.OTHER_SIDE = settings.OTHER_SIDE | {"url": f"http://127.0.0.1:{server.getsockname()[1]}"}

        yield start


def _answer(server: socket.socket, at_once: bytes, slowly: bytes) -> None:
    with contextlib.suppress(OSError), server.accept()[0] as peer:
        peer.recv(65536)
        peer.sendall(at_once)
        for byte in slowly:
            time.sleep(DRIPS)  # what is tested is how slow it is
            peer.sendall(bytes([byte]))


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"


def test_an_answer_is_read(serve: Serve) -> None:
    serve(HEAD % 14 + b'{"side": ', b'"x"} ')
    assert other_side.ask("/api/sync") == {"side": "x"}


@pytest.mark.parametrize(
    ("at_once", "slowly"),
    [(HEAD % 200, b" " * 200), (b"HTTP/1.1 200 OK\r\n", b"X: " + b"y" * 200), (b"", b"HTTP/1.1 " + b"2" * 200)],
    ids=["body", "header", "status"],
)
def test_one_that_drips_is_given_up_when_the_time_is_over(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, at_once: bytes, slowly: bytes
) -> None:
    monkeypatch.setattr(other_side, "SECONDS", 0.5)
    serve(at_once, slowly)
    began = time.monotonic()
    with pytest.raises(Away, match=r"gives no answer \(not all of it came within 0.5 s\)"):
        other_side.ask("/api/sync")
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("status", [b"302 Found\r\nLocation: http://127.0.0.1:1/", b"403 Forbidden", b"500 Oh"])
def test_another_answer_is_none(serve: Serve, status: bytes) -> None:
    serve(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\n{}", b"")
    with pytest.raises(Away, match=f"answers {status[:3].decode()}: look at"):
        other_side.ask("/api/sync")


def test_what_is_no_json_is_no_answer(serve: Serve) -> None:
    serve(HEAD % 2 + b"hi", b"")
    with pytest.raises(Away, match="gives no answer"):
        other_side.ask("/api/sync")
