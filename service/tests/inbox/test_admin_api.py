"""Admin over HTTP."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from inbox.admin_api import AdminApi
from inbox.sources import SourceRefused
from pytest_django import Settings


@pytest.fixture
def asked() -> Iterator[tuple[HTTPServer, list[str]]]:
    """A server that leads to itself, elsewhere, and the paths that it was asked for."""
    paths: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(302 if self.path == "/first" else 200)
            self.send_header("Location", "/second")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server, paths
        server.shutdown()
        serving.join()


def test_the_token_goes_nowhere_else(asked: tuple[HTTPServer, list[str]], settings: Settings) -> None:
    server, paths = asked
    settings.ADMIN_URL = f"http://127.0.0.1:{server.server_port}"
    settings.ADMIN_TOKEN = "hunter2"
    with pytest.raises(SourceRefused, match="set ADMIN_URL to where admin itself is"):
        AdminApi().request("GET", "/first")
    assert paths == ["/first"]
