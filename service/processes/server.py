"""A process's own small HTTP server: `/metrics` for Prometheus, `/healthz` for health checks, `/events` for `tail`.

For the network that the processes share, or loopback: it asks nobody who they are and tells no contents.
"""

import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from prometheus_client.registry import CollectorRegistry

from processes import alive, live
from processes.addresses import own_host
from processes.metrics import CONTENT_TYPE, Source, of_this_process, written

SILENCE_SECONDS = 5.0  # after which an empty line finds out whether the listener is still there


class Handler(BaseHTTPRequestHandler):
    timeout = 30  # a peer that says nothing
    server: "Quiet"

    def do_GET(self) -> None:
        match self.path.partition("?")[0]:
            case "/healthz":
                self._healthz()
            case "/metrics":
                self._answer(HTTPStatus.OK, CONTENT_TYPE, written(self.server.registry))
            case "/events":
                self._events()
            case _:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"/metrics, /healthz and /events are here.\n")

    def _healthz(self) -> None:
        seconds = alive.seconds_since()
        is_stuck = seconds > alive.STUCK_SECONDS
        status = HTTPStatus.SERVICE_UNAVAILABLE if is_stuck else HTTPStatus.OK
        said = {"status": "stuck" if is_stuck else "ok", "seconds_since_last_turn": round(seconds, 1)}
        self._answer(status, "application/json", json.dumps(said).encode())

    def _events(self) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/x-ndjson")
        self.end_headers()
        with live.Listener() as listener:
            self._write(b"\n")  # so that the asker knows that it listens
            while True:
                line = listener.take(seconds=SILENCE_SECONDS)
                self._write(b"\n" if line is None else json.dumps(line, default=str).encode() + b"\n")

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self._write(body)

    def _write(self, piece: bytes) -> None:
        self.wfile.write(piece)

    def log_message(self, *_: Any) -> None:
        """Nothing: a probe every few seconds is no news."""


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], registry: CollectorRegistry) -> None:
        self.registry = registry
        super().__init__(address, Handler)

    def handle_error(self, *_: Any) -> None:
        """Whoever asked has gone; the process goes on."""


def serve(bind: str, *, metrics: Source) -> str:
    """Serves in a thread until the process ends; returns the address for others. Raises ImproperlyConfigured."""
    host, _, port = bind.rpartition(":")
    try:
        if not host:  # Python would take it for every address of the machine
            raise ValueError("it names no host")
        server = Quiet((host.strip("[]"), int(port)), of_this_process(metrics))
    except (OSError, ValueError, OverflowError) as error:
        raise ImproperlyConfigured(
            f"METRICS_BIND={bind} cannot be had ({error}): write host:port with a free port, as 127.0.0.1:9100."
        ) from error
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return f"{own_host() if host == '0.0.0.0' else host}:{server.server_port}"  # noqa: S104
