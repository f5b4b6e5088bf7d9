"""The test website: `python site.py [--host H] [--port P]` says its address in a line and serves until it is killed."""

import argparse
import gzip
import json
import time
from collections import Counter
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import pages

MEGABYTE = 1_000_000
ROBOTS = "User-agent: *\nDisallow: /private/\nAllow: /\n"
SHOPS = (
    "/listing/",
    "/json-ld/lamp",
    "/microdata/lamp",
    "/graph/",
    "/offers/",
    "/variants/",
    "/html/",
    "/private/lamp",
)
requests: list[dict[str, object]] = []
asked: Counter[str] = Counter()
LONGEST_SECONDS = 120  # of any answer that is slow on purpose


class Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = LONGEST_SECONDS

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        first, *rest = [unquote(part) for part in parts.path.strip("/").split("/")]
        if first != "-":
            requests.append({"at": time.time(), "path": self.path, "agent": self.headers.get("User-Agent", "")})
        name = "get_" + (first.replace(".", "_").replace("-", "_") or "start")
        getattr(self, name, self.get_nothing)(*rest)

    def do_PUT(self) -> None:
        """PUT /-/price/<sku>?to=12.50"""
        parts = urlsplit(self.path)
        pages.prices[unquote(parts.path.rpartition("/")[2])] = parse_qs(parts.query)["to"][0]
        self.text("ok", kind="text/plain")

    def get_nothing(self, *_: str) -> None:
        self.text("nothing", status=404, kind="text/plain")

    def get__(self, what: str = "", *_: str) -> None:
        self.text(json.dumps(requests), kind="application/json") if what == "requests" else self.get_nothing()

    def get_robots_txt(self) -> None:
        self.text(ROBOTS, kind="text/plain")

    def get_start(self, *_: str) -> None:
        self.text(pages.links(*SHOPS))

    def get_listing(self, *rest: str) -> None:
        if rest and rest[0] == "p":
            number = int(rest[1])
            self.text(pages.product_page(f"LISTING-{number}", f"Listed {number}", f"{number}.50"))
        elif rest and rest[0]:
            self.get_nothing()
        else:
            self.text(pages.listing(int(self.query.get("page", "1"))))

    def get_street(self, count: str, number: str = "", *_: str) -> None:
        """A list of so many product pages, each of which takes ?ms= to come."""
        ms = self.query.get("ms", "0")
        if number:
            self.rest(ms)
            self.text(pages.product_page(f"STREET-{count}-{number}", f"House {number}", "7.00"))
        else:
            self.text(pages.links(*(f"/street/{count}/{n}?ms={ms}" for n in range(1, int(count) + 1))))

    def get_json_ld(self, *_: str) -> None:
        more = {"description": "A lamp.", "image": "/images/lamp.jpg"}
        self.text(pages.product_page("JSONLD-1", "Lamp", "19.90", **more))

    def get_microdata(self, *_: str) -> None:
        self.text(pages.page("Micro", pages.MICRODATA.format(price=pages.price_of("MICRO-1", "29.90"))))

    def get_graph(self, *_: str) -> None:
        self.text(pages.page("Graph", "", pages.script(pages.GRAPH)))

    def get_offers(self, *_: str) -> None:
        self.text(pages.page("Offers", "", pages.script(pages.OFFERS)))

    def get_variants(self, *_: str) -> None:
        self.text(pages.page("Variants", "", pages.script(pages.VARIANTS)))

    def get_html(self, *_: str) -> None:
        self.text(pages.product_page("HTML-1", "Lamp &amp; <b>shade</b>", description=pages.DESCRIPTION))

    def get_broken(self, what: str = "", *_: str) -> None:
        body = pages.MICRODATA.format(price="1.00").replace("MICRO-1", "BROKEN-2")
        self.text(pages.page("Broken", body, pages.BROKEN_JSON) if what == "json" else pages.BROKEN_TAGS)

    def get_empty(self, *_: str) -> None:
        self.text(pages.page("Empty", "<p>Nothing to be had here.</p>"))

    def get_private(self, *_: str) -> None:
        self.text(pages.product_page("PRIVATE-1", "Secret lamp"))

    def get_slow(self, ms: str, number: str = "1", *_: str) -> None:
        self.rest(ms)
        self.text(pages.product_page(f"SLOW-{number}", f"Slow {number}"))

    def get_drip(self, where: str = "body", *_: str) -> None:
        """A byte a second: of the body, or of the headers."""
        start = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + (b"" if where == "head" else b"\r\n")
        self.wfile.write(start)
        for _second in range(LONGEST_SECONDS):
            self.wfile.write(b"x")
            time.sleep(1)
        self.close_connection = True

    def get_loop(self, *_: str) -> None:
        self.redirect("/loop")

    def get_hops(self, count: str, *_: str) -> None:
        self.redirect(f"/hops/{int(count) - 1}" if int(count) > 1 else "/json-ld/lamp")

    def get_away(self, *_: str) -> None:
        self.redirect(self.query.get("to", "/"))

    def get_big(self, *_: str) -> None:
        self.stream(b"<html><body>", (b"<p>" + b"x" * (MEGABYTE - 3) for _ in range(50)))

    def get_bomb(self, *_: str) -> None:
        """A gigabyte of zeros, packed into one."""
        packed = gzip.compress(bytes(50 * MEGABYTE), 9) * 20
        self.answer(packed, headers={"Content-Type": "text/html", "Content-Encoding": "gzip"})

    def get_gzip(self, *_: str) -> None:
        packed = gzip.compress(pages.product_page("GZIP-1", "Packed lamp").encode())
        self.answer(packed, headers={"Content-Type": "text/html", "Content-Encoding": "gzip"})

    def get_liar(self, *_: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(b"<html>")
        self.close_connection = True

    def get_status(self, code: str, *_: str) -> None:
        self.text("see the status", status=int(code))

    def get_flaky(self, key: str, count: str, *_: str) -> None:
        asked[key] += 1
        if asked[key] <= int(count):
            self.text("come again", status=503)
        else:
            self.text(pages.product_page(f"FLAKY-{key}", "Flaky lamp"))

    def get_latin1(self, *_: str) -> None:
        body = pages.product_page("LATIN-1", "Glühlampe").encode("latin-1")
        self.answer(body, headers={"Content-Type": "text/html; charset=iso-8859-1"})

    def get_xxe(self, *_: str) -> None:
        self.text(pages.ENTITIES, kind="application/xhtml+xml")

    def get_feed_csv(self) -> None:
        self.text(pages.CSV, kind="text/csv")

    def get_bad_csv(self) -> None:
        self.text(pages.BAD_CSV, kind="text/csv")

    def get_many(self, name: str, *_: str) -> None:
        self.text(pages.many(int(name.partition(".")[0])), kind="text/csv")

    def get_feed_json(self) -> None:
        self.text(json.dumps(pages.JSON_FEED), kind="application/json")

    def get_shopify(self, *_: str) -> None:
        self.text(json.dumps(pages.SHOPIFY), kind="application/json")

    def get_api(self, *_: str) -> None:
        base = f"http://{self.headers.get('Host', '')}"
        self.text(json.dumps(pages.instance(base, int(self.query.get("cursor", "0")))), kind="application/json")

    def rest(self, ms: str) -> None:
        time.sleep(min(int(ms) / 1000, LONGEST_SECONDS))

    def redirect(self, to: str) -> None:
        self.answer(b"", status=302, headers={"Location": to})

    def text(self, body: str, *, status: int = 200, kind: str = "text/html") -> None:
        self.answer(body.encode(), status=status, headers={"Content-Type": f"{kind}; charset=utf-8"})

    def stream(self, start: bytes, chunks: object) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.close_connection = True
        self.wfile.write(start)
        for chunk in chunks:  # type: ignore[attr-defined]
            self.wfile.write(chunk)

    def answer(self, body: bytes, *, status: int = 200, headers: dict[str, str]) -> None:
        self.send_response(status if status in HTTPStatus._value2member_map_ else 500)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The line with the address is all that is said."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 100

    def handle_error(self, *_: object) -> None:
        """Whoever asked has gone."""


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    wanted = parser.parse_args()
    server = Server((wanted.host, wanted.port), Site)
    print(f"http://{server.server_address[0]}:{server.server_port}", flush=True)
    server.serve_forever()
