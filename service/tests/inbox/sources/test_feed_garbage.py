"""What answers at ADMIN_URL need not be admin."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from inbox.sources import SourceUnavailable
from inbox.sources.feed import FeedSource
from pytest_django import Settings

from tests.database import closed_port

pytestmark = pytest.mark.django_db
Serve = Callable[[bytes], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
POSITION = b"Lockstep-Position: 1\r\n"


@pytest.fixture
def serve(settings: Settings) -> Iterator[Serve]:
    """A server that reads each request and answers the bytes given."""
    servers: list[HTTPServer] = []
    threads: list[threading.Thread] = []

    def serve(answer: bytes) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.wfile.write(answer)

            def log_message(self, *args: Any) -> None:
                pass

        servers.append(HTTPServer(("127.0.0.1", 0), Handler))
        threads.append(threading.Thread(target=servers[-1].serve_forever, args=[0.01], daemon=True))
        threads[-1].start()
        settings.ADMIN_URL = f"http://user:hunter2@127.0.0.1:{servers[-1].server_port}"

    yield serve
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()


def said() -> str:
    source = FeedSource()
    source.open()
    with pytest.raises(SourceUnavailable) as caught:
        source.receive(seconds=0)
    text = str(caught.value)
    assert text.startswith("admin at http://127.0.0.1:")
    assert "\n" not in text
    assert "hunter" not in text
    return text


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"AMQP\x00\x00\x09\x01",
        OK + POSITION + b"Content-Length: 100\r\n\r\n[]",
        OK + POSITION + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        OK + b"Content-Length: 2\r\n\r\n[]",
        OK + b"Lockstep-Position: first\r\nContent-Length: 2\r\n\r\n[]",
        OK + POSITION + b"Content-Length: 0\r\n\r\n",
        OK + POSITION + b"Content-Length: 2\r\n\r\n{}",
        OK + POSITION + b"Content-Length: 4\r\n\r\n<p>\n",
        OK + POSITION + b"Content-Length: 3\r\n\r\n[\xff]",
        OK + POSITION + b"Content-Length: 100000\r\n\r\n" + b"[" * 100_000,
        b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 9\r\n\r\n<h1>\n\xff\n\x00",
        b"HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\ncut",
    ],
    ids=range(15),
)
def test_an_answer_that_is_no_batch_is_unavailable_in_one_line(serve: Serve, answer: bytes) -> None:
    serve(answer)
    said()


def test_the_answer_is_shown_up_to_a_point(serve: Serve) -> None:
    serve(b"HTTP/1.1 500 Oops\r\nContent-Length: 5000\r\n\r\n" + b"the reason " + b"x" * 4989)
    text = said()
    assert "answered 500: 'the reason" in text
    assert len(text) < 300


def test_nobody_at_the_address_is_unavailable(settings: Settings) -> None:
    settings.ADMIN_URL = f"http://user:hunter2@127.0.0.1:{closed_port()}"
    assert "Connection refused" in said()
