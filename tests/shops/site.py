"""A website of shops, some of them hostile: `python tests/shops/site.py [--host H] [--port P] [--tls PEM]`.

Prints its address when it is ready. Needs Python alone, so it runs in a bare container too; pages.py says what is sold.
For tests: GET /-/requests is what was asked so far (DELETE empties it), PUT /-/price/<sku>?to=9.99 changes a price,
PUT /-/robots?status=200 with a body is the robots.txt from then on (DELETE brings back the own one).
"""

import argparse
import json
import re
import ssl
import time
import zlib
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from pages import CSV, FEEDS, HTML, JSON, PAGES, listed, many, prices, product, product_page

ROBOTS = (200, b"User-agent: *\nDisallow: /private/\n")
MEGABYTE = 1_000_000
ROUTES: list[tuple[re.Pattern[str], str]] = [
    (re.compile(pattern), name)
    for pattern, name in [
        (r"/robots\.txt", "robots"),
        (r"/private/lamp", "private"),
        (r"/listing/p/([1-9]|1[0-2])", "listed"),
        (r"/slow/(\d{1,6})/(\w+)", "slow"),
        (r"/drip(/headers)?", "drip"),
        (r"/loop(/back)?", "loop"),
        (r"/hops/(\d+)", "hops"),
        (r"/away", "away"),
        (r"/big", "big"),
        (r"/bomb", "bomb"),
        (r"/packed/(gzip|deflate|raw|broken)", "packed"),
        (r"/liar", "liar"),
        (r"/status/([1-5]\d\d)", "status"),
        (r"/flaky/(\w+)/(\d+)", "flaky"),
        (r"/many/(\d{1,7})\.csv", "many"),
        (r"/images/.*", "image"),
    ]
]


class Shops(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are written one after the other
    requests: ClassVar[list[dict[str, Any]]] = []
    flaws: ClassVar[dict[str, int]] = {}  # how often each flaky page has failed
    robots_txt: ClassVar[tuple[int, bytes]] = ROBOTS

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        host = self.headers.get("Host", "")
        self.base = f"{'https' if isinstance(self.connection, ssl.SSLSocket) else 'http'}://{host}"
        if parts.path == "/-/requests":
            return self.answer(json.dumps(self.requests).encode(), JSON)
        self.noted = {"path": self.path, "at": time.time(), "host": host, "agent": self.headers.get("User-Agent", "")}
        self.noted |= {"accept": self.headers.get("Accept", ""), "port": self.client_address[1], "sent": 0}
        self.requests.append(self.noted)
        if page := PAGES.get(parts.path) or FEEDS.get(parts.path):
            kind, body = page(self.base, parts.query)
            return self.answer(body, kind)
        for pattern, name in ROUTES:
            if found := pattern.fullmatch(parts.path):
                return getattr(self, f"give_{name}")(*found.groups())
        return self.answer(b"<p>Not here.</p>", status=404)

    do_HEAD = do_GET

    def do_PUT(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if parts.path == "/-/robots":
            Shops.robots_txt = (int(query.get("status", ["200"])[0]), body)
        elif parts.path.startswith("/-/price/"):
            prices[parts.path.removeprefix("/-/price/")] = query["to"][0]
        self.answer(b"", status=204)

    def do_DELETE(self) -> None:
        if self.path == "/-/robots":
            Shops.robots_txt = ROBOTS
        elif self.path == "/-/requests":
            self.requests.clear()
        self.answer(b"", status=204)

    def answer(self, body: bytes, kind: str = HTML, *, status: int = 200, **headers: str) -> None:
        self.begin(status, kind, Content_Length=str(len(body)), **headers)
        self.write([body])

    def begin(self, status: int, kind: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def write(self, pieces: Iterable[bytes], *, is_chunked: bool = False) -> None:
        """Notes how much was sent: a reader who goes before the end is no error."""
        if self.command == "HEAD":
            return
        try:
            for piece in filter(None, pieces):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
                if hasattr(self, "noted"):
                    self.noted["sent"] += len(piece)
            self.wfile.write(b"0\r\n\r\n" if is_chunked else b"")
        except OSError:
            self.close_connection = True

    def stream(self, pieces: Iterable[bytes], kind: str) -> None:
        self.begin(200, kind, Transfer_Encoding="chunked")
        self.write(pieces, is_chunked=True)

    def give_robots(self) -> None:
        status, body = self.robots_txt
        self.answer(body, "text/plain", status=status)

    def give_private(self) -> None:
        self.sell("X-1", "Secret lamp", "/private/lamp")

    def give_listed(self, number: str) -> None:
        kind, body = product_page(listed(int(number), self.base))
        self.answer(body, kind)

    def give_slow(self, milliseconds: str, name: str) -> None:
        time.sleep(int(milliseconds) / 1000)
        self.sell(f"SLOW-{name}", f"Slow lamp {name}", self.path)

    def give_drip(self, of_headers: str | None) -> None:
        """A byte a second, for ten minutes: of the body, or already of the headers."""
        self.close_connection = True
        if of_headers:
            self.write([b"HTTP/1.1 200 OK\r\nX-Long: "])
        else:
            self.begin(200, HTML, Content_Length="600")
        self.write(piece for piece in [b"x"] * 600 if not time.sleep(1))

    def give_loop(self, back: str | None) -> None:
        self.redirect("/loop" if back else "/loop/back")

    def give_hops(self, left: str) -> None:
        if int(left):
            self.redirect(f"/hops/{int(left) - 1}")
        else:
            self.sell("HOP-1", "Far lamp", "/hops/0")

    def give_away(self) -> None:
        self.redirect(self.query["to"])

    def give_big(self) -> None:
        """50 MB; with ?chunked nobody is told so before."""
        piece = b"<p>Much of the same.</p>\n".ljust(MEGABYTE, b" ")
        if "chunked=1" in self.path:
            return self.stream([piece] * 50, HTML)
        self.begin(200, HTML, Content_Length=str(50 * MEGABYTE))
        return self.write([piece] * 50)

    def give_bomb(self) -> None:
        """About a gigabyte of nothing in one of a megabyte; its last bytes are wrong, which nobody should ever see."""
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        first, later = [packer.compress(bytes(16 * MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in "12"]
        self.answer(first + later * 63 + packer.flush(), HTML, Content_Encoding="gzip")

    def give_packed(self, how: str) -> None:
        """raw: deflate without zlib's header, as some servers send it. broken: it ends in the middle."""
        body = product_page(product("Z-1", "Packed lamp", self.path, base=self.base))[1]
        packer = zlib.compressobj(9, zlib.DEFLATED, {"deflate": 15, "raw": -15}.get(how, 31))
        packed = packer.compress(body) + packer.flush()
        encoding = "deflate" if how in ("deflate", "raw") else "gzip"
        self.answer(packed[: len(packed) // 2] if how == "broken" else packed, HTML, Content_Encoding=encoding)

    def give_liar(self) -> None:
        """Promises more than it gives, and goes."""
        self.close_connection = True
        self.begin(200, HTML, Content_Length="5000")
        self.write([b"<p>That is all.</p>"])

    def give_status(self, code: str) -> None:
        more = {"Retry_After": self.query["retry_after"]} if "retry_after" in self.query else {}
        self.answer(b"" if code in ("204", "304") else b"<p>As you asked.</p>", status=int(code), **more)

    def give_flaky(self, key: str, times: str) -> None:
        self.flaws[key] = self.flaws.get(key, 0) + 1
        if self.flaws[key] <= int(times):
            self.answer(b"<p>Not now.</p>", status=503)
        else:
            self.sell(f"FLAKY-{key}", f"Flaky lamp {key}", self.path)

    def give_many(self, count: str) -> None:
        self.stream(many(int(count), self.base), CSV)

    def give_image(self) -> None:
        self.answer(b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml")

    def sell(self, sku: str, title: str, path: str) -> None:
        kind, body = product_page(product(sku, title, path, base=self.base))
        self.answer(body, kind)

    def redirect(self, to: str) -> None:
        self.answer(b"", status=302, Location=to)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    tls: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        """TLS begins here, in the request's own thread: one who says nothing holds nobody up."""
        if self.tls:
            request = self.tls.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # whoever goes early is no error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--tls", default="", help="a PEM file with a key and its certificate: https")
    options = parser.parse_args()
    server = Server((options.host, options.port), Shops)
    if options.tls:
        server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.tls.load_cert_chain(options.tls)
    print(f"{'https' if options.tls else 'http'}://{options.host}:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
