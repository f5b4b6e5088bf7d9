"""What hosts send to harm who reads it, or because they are broken."""

import contextlib
import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from imports.fetching.fetcher import Fetcher
from jobs.errors import Cancelled, Later, Refused

from tests.imports.fetching.conftest import Host, page
from tests.support import eventually

Turn = Callable[..., None]
TEXT = b"sku,title\n" + b"L-1,Lamp\n" * 1000
MEGABYTE = bytes(1_000_000)


def raw_deflate(text: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(text) + packer.flush()


def flood(head: bytes, piece: bytes = MEGABYTE, times: int = 300) -> Callable[[socket.socket], None]:
    def send(caller: socket.socket) -> None:
        caller.sendall(head)
        for _ in range(times):
            caller.sendall(piece)

    return send


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(TEXT), "gzip"),
        (gzip.compress(TEXT), "X-GZIP"),
        (gzip.compress(TEXT[:500]) + gzip.compress(TEXT[500:]), "gzip"),
        (gzip.compress(TEXT) + bytes(100), "gzip"),
        (zlib.compress(TEXT), "deflate"),
        (raw_deflate(TEXT), "deflate"),
        (TEXT, "identity"),
    ],
)
def test_it_is_read_however_it_is_packed(host: Host, fetcher: Fetcher, body: bytes, encoding: str) -> None:
    host.sends["/"] = page(body, f"Content-Encoding: {encoding}")
    assert fetcher.get(f"{host.url}/").body == TEXT


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, raw_deflate])
def test_half_of_what_was_packed_does_not_pass_for_the_whole(
    host: Host, fetcher: Fetcher, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(TEXT)
    host.sends["/"] = page(packed[: len(packed) // 2], "Content-Encoding: gzip")
    with pytest.raises(Later, match="ends too early"):
        fetcher.get(f"{host.url}/")


@pytest.mark.parametrize(
    ("body", "encoding"), [(b"no gzip at all", "gzip"), (gzip.compress(TEXT)[:20] + b"x" * 99, "gzip"), (TEXT, "br")]
)
def test_what_cannot_be_unpacked_is_refused(host: Host, fetcher: Fetcher, body: bytes, encoding: str) -> None:
    host.sends["/"] = page(body, f"Content-Encoding: {encoding}")
    with pytest.raises(Refused, match="packed"):
        fetcher.get(f"{host.url}/")


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (CHUNKED + b"-1\r\n", MEGABYTE),  # http.client reads it to the end of all
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", gzip.compress(b"") * 50_000),  # unpacks to nothing
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 40_000),
        (b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * 1_000_000),
    ],
)
def test_what_has_no_end_is_left_before_it_fills_the_memory(
    host: Host, fetcher: Fetcher, imports_conf: Turn, head: bytes, piece: bytes
) -> None:
    imports_conf(max_bytes=1_000_000, fetch_seconds=20)
    host.sends["/"] = flood(head, piece)
    tracemalloc.start()
    try:
        with pytest.raises((Later, Refused)):
            fetcher.get(f"{host.url}/")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"SSH-2.0-OpenSSH_9.9\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nx",
        CHUNKED + b"zz\r\nx", CHUNKED + b"-5\r\nx", CHUNKED + b"5\r\nx", b"HTTP/1.1 999 Odd\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", b"HTTP/1.1 304 Not Modified\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n", b"HTTP/1.1 302 Found\r\n\r\n",
    ],
)  # fmt: skip
def test_what_is_no_answer_is_said_in_words(host: Host, fetcher: Fetcher, answer: bytes) -> None:
    host.sends["/"] = answer
    with pytest.raises((Later, Refused), match=r"http://localhost:\d+/") as raised:
        fetcher.get(f"{host.url}/")
    assert "object at 0x" not in str(raised.value)


@pytest.mark.parametrize(
    "header", ["", "text/html; charset*=no-such'en'x", ";", "text/html; charset=\xff\xfe", "x" * 9000]
)
def test_an_odd_content_type_hinders_nobody(host: Host, fetcher: Fetcher, header: str) -> None:
    host.sends["/"] = page(TEXT, f"Content-Type: {header}")
    assert fetcher.get(f"{host.url}/").body == TEXT


def test_of_a_page_that_is_not_there_nothing_is_read(host: Host, fetcher: Fetcher) -> None:
    host.sends["/"] = flood(b"HTTP/1.1 404 Not Found\r\n\r\n")
    with pytest.raises(Refused, match="answers 404"):
        fetcher.get(f"{host.url}/")


@pytest.mark.parametrize(
    "to", ["http://[::1", "http://a b/", "http://:0/", "//", "http://user:secret@shop.example.com/"]
)
def test_a_redirect_to_what_is_no_url_is_refused(host: Host, fetcher: Fetcher, to: str) -> None:
    host.sends["/"] = page(b"", f"Location: {to}", status="302 Found")
    with pytest.raises(Refused) as refused:
        fetcher.get(f"{host.url}/")
    assert "secret" not in str(refused.value)


def test_a_redirect_may_be_written_in_the_bytes_of_any_alphabet(host: Host, fetcher: Fetcher) -> None:
    to = "/größe?für=Zürich".encode().decode("latin-1")
    host.sends["/"] = page(b"", f"Location: {to}", status="302 Found")
    host.sends["/gr%C3%B6%C3%9Fe?f%C3%BCr=Z%C3%BCrich"] = page(TEXT)
    assert fetcher.get(f"{host.url}/").body == TEXT


def test_the_time_is_for_all_redirects_together(host: Host, fetcher: Fetcher, imports_conf: Turn) -> None:
    imports_conf(fetch_seconds=1)
    for n in range(5):
        there = page(b"", f"Location: /{n + 1}", status="302 Found")
        host.sends[f"/{n}"] = lambda caller, there=there: (time.sleep(0.4), caller.sendall(there))
    began = time.monotonic()
    with pytest.raises(Later, match="longer than 1 s"):
        fetcher.get(f"{host.url}/0")
    assert time.monotonic() - began < 1.6


@contextlib.contextmanager
def full(address: str, port: int = 0) -> Iterator[int]:
    """A port where nobody takes up what the system has queued: connecting to it gets no answer at all."""
    with contextlib.ExitStack() as stack:
        ear = stack.enter_context(socket.socket())
        ear.bind((address, port))
        ear.listen(0)
        for _ in range(4):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(ear.getsockname())
        yield ear.getsockname()[1]


@pytest.fixture
def full_port() -> Iterator[int]:
    with full("127.0.0.1") as port:
        yield port


def test_a_host_that_takes_no_connection_is_left_in_time(fetcher: Fetcher, imports_conf: Turn, full_port: int) -> None:
    imports_conf(fetch_seconds=0.5)
    began = time.monotonic()
    with pytest.raises(Later):
        fetcher.get(f"http://127.0.0.1:{full_port}/")
    assert time.monotonic() - began < 2


def test_a_cancelled_import_does_not_wait_for_a_connection(fetcher: Fetcher, full_port: int) -> None:
    began = time.monotonic()

    def look() -> None:
        if time.monotonic() > began + 0.2:
            raise Cancelled

    with pytest.raises(Cancelled):
        Fetcher(look=look).get(f"http://127.0.0.1:{full_port}/")
    assert time.monotonic() - began < 2


@pytest.fixture
def two_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name has them."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in ("127.0.0.99", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


@pytest.mark.usefixtures("two_addresses")
def test_of_several_addresses_one_that_is_dead_leaves_the_others(host: Host, fetcher: Fetcher) -> None:
    host.sends["/"] = page(TEXT)
    assert fetcher.get(f"http://shop.example.com:{host.port}/").body == TEXT
    assert f"Host: shop.example.com:{host.port}\r\n" in host.asked[-1]


@pytest.mark.usefixtures("two_addresses")
def test_of_several_addresses_one_that_is_silent_leaves_the_others_time(
    host: Host, fetcher: Fetcher, imports_conf: Turn
) -> None:
    imports_conf(fetch_seconds=2)
    host.sends["/"] = page(TEXT)
    with full("127.0.0.99", host.port):
        assert fetcher.get(f"http://shop.example.com:{host.port}/").body == TEXT


def test_no_proxy_of_the_environment_is_asked(host: Host, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    host.sends["/"] = page(TEXT)
    assert fetcher.get(f"{host.url}/").body == TEXT


def test_neither_sockets_nor_threads_stay_behind(host: Host, fetcher: Fetcher, imports_conf: Turn) -> None:
    imports_conf(max_bytes=1_000)
    host.sends |= {"/good": page(b"x"), "/large": page(TEXT), "/gone": b"", "/away": page(b"", "Location: /good")}
    own = [thread.name for thread in threading.enumerate()]
    before = len(list(Path("/dev/fd").iterdir()))
    for path in ["/good", "/large", "/gone", "/away", "/nothing"] * 4:
        with contextlib.suppress(Later, Refused):
            fetcher.get(f"{host.url}{path}")
    eventually(lambda: len(list(Path("/dev/fd").iterdir())) <= before)
    eventually(lambda: len(threading.enumerate()) <= len(own))
