import socket
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from imports.fetching.fetcher import Fetcher
from jobs.errors import Cancelled, Later, Refused

from tests.imports.conftest import Site
from tests.support import together

Turn = Callable[..., None]


def test_a_page_is_read(site: Site, fetcher: Fetcher) -> None:
    answer = fetcher.get(f"{site.url}/json-ld/lamp#top")
    assert (answer.url, answer.content_type, answer.charset) == (f"{site.url}/json-ld/lamp", "text/html", "utf-8")
    assert b"JSONLD-1" in answer.body
    assert "Lockstep/" in site.requests()[-1]["agent"]


def test_a_packed_page_is_unpacked(site: Site, fetcher: Fetcher) -> None:
    assert b"GZIP-1" in fetcher.get(f"{site.url}/gzip").body


def test_loopback_is_refused_unless_it_is_allowed(site: Site, imports_conf: Turn) -> None:
    imports_conf(delay_seconds=0)
    before = len(site.requests())
    with pytest.raises(Refused, match=r"127\.0\.0\.1 is at no public address"):
        Fetcher().get(f"{site.url}/json-ld/lamp")
    assert len(site.requests()) == before


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://shop.example.com/", "data:text/html,x", "javascript:alert(1)", "shop.example.com",
        "//shop.example.com/", "http://", "http:///path", "http://user:secret@127.0.0.1/", "http://[::1", "gopher://x/",
        "http://a b/", "", "http://127.0.0.1:99999/",
    ],
)  # fmt: skip
def test_what_is_no_url_of_the_web_is_refused(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(Refused) as refused:
        fetcher.get(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "ftp://x/"]
)
def test_a_redirect_leads_to_no_place_that_could_not_be_asked_for(site: Site, fetcher: Fetcher, to: str) -> None:
    with pytest.raises(Refused, match=r"is not read|no public address"):
        fetcher.get(f"{site.url}/away?to={to}")


def test_redirects_are_followed_up_to_five(site: Site, fetcher: Fetcher) -> None:
    assert fetcher.get(f"{site.url}/hops/5").url == f"{site.url}/json-ld/lamp"
    with pytest.raises(Refused, match="more than 5 redirects"):
        fetcher.get(f"{site.url}/hops/6")
    with pytest.raises(Refused, match="redirect loop"):
        fetcher.get(f"{site.url}/loop")


def test_the_connection_goes_to_the_address_that_was_checked(
    site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that means another address with each look-up (DNS rebinding)."""
    real, looks = socket.getaddrinfo, []

    def look_up(host: str, port: int, *args: Any, **options: Any) -> Any:
        if host != "rebinding.example.com":
            return real(host, port, *args, **options)
        looks.append(host)
        address = "127.0.0.1" if len(looks) <= 2 else "10.9.9.9"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    port = site.url.rpartition(":")[2]
    url = f"http://rebinding.example.com:{port}/json-ld/lamp"
    assert b"JSONLD-1" in fetcher.get(url).body
    assert len(looks) == 2  # the page, and robots.txt: no third one by who connects
    with pytest.raises(Refused, match="no public address"):
        fetcher.get(url)


@pytest.mark.parametrize("path", ["/big", "/bomb"])
def test_what_is_too_large_is_refused_without_being_read_whole(site: Site, fetcher: Fetcher, path: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Refused, match="IMPORTS_MAX_BYTES"):
            fetcher.get(f"{site.url}{path}")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60_000_000


@pytest.mark.parametrize("path", ["/drip", "/drip/head", "/slow/60000/1"])
def test_what_takes_too_long_is_left(site: Site, fetcher: Fetcher, imports_conf: Turn, path: str) -> None:
    imports_conf(fetch_seconds=1)
    began = time.monotonic()
    with pytest.raises(Later, match="longer than 1 s"):
        fetcher.get(f"{site.url}{path}")
    assert time.monotonic() - began < 5


def test_a_cancelled_import_does_not_wait_for_its_page(site: Site, fetcher: Fetcher) -> None:
    until = time.monotonic() + 1

    def look() -> None:
        if time.monotonic() > until:
            raise Cancelled

    with pytest.raises(Cancelled):
        Fetcher(look=look).get(f"{site.url}/slow/60000/1")
    assert time.monotonic() - until < 5


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 451])
def test_a_page_that_is_not_there_is_refused(site: Site, fetcher: Fetcher, code: int) -> None:
    with pytest.raises(Refused, match=f"answers {code}"):
        fetcher.get(f"{site.url}/status/{code}")


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503])
def test_a_page_that_may_come_later_is_tried_again(site: Site, fetcher: Fetcher, code: int) -> None:
    with pytest.raises(Later, match=f"answers {code}"):
        fetcher.get(f"{site.url}/status/{code}")


def test_a_host_that_breaks_off_or_is_not_there_is_tried_again(site: Site, fetcher: Fetcher) -> None:
    with pytest.raises(Later):
        fetcher.get(f"{site.url}/liar")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(Later, match=r"[Rr]efused"):
            fetcher.get(f"http://127.0.0.1:{nobody.getsockname()[1]}/")


def test_a_host_without_tls_is_refused_by_https(site: Site, fetcher: Fetcher) -> None:
    with pytest.raises(Refused, match="TLS"):
        fetcher.get(site.url.replace("http:", "https:"))


def test_robots_txt_is_respected_and_read_once(site: Site, fetcher: Fetcher) -> None:
    before = len(site.requests())
    with pytest.raises(Refused, match=r"robots\.txt of that host forbids"):
        fetcher.get(f"{site.url}/private/lamp")
    fetcher.get(f"{site.url}/json-ld/lamp")
    with pytest.raises(Refused, match=r"robots\.txt of that host forbids"):
        fetcher.get(f"{site.url}/away?to=/private/lamp")
    paths = [request["path"] for request in site.requests()[before:]]
    assert paths == ["/robots.txt", "/json-ld/lamp", "/away?to=/private/lamp"]


def test_a_host_is_asked_with_a_delay_by_all_workers_together(
    site: Site, transactional_db: None, imports_conf: Turn
) -> None:
    imports_conf(private_networks="127.0.0.0/8", delay_seconds=0.3)
    before = len(site.requests())

    def read() -> None:
        for _ in range(2):
            Fetcher().get(f"{site.url}/empty/")

    for future in together(read, read):
        future.result()
    times = [request["at"] for request in site.requests()[before:]]
    assert len(times) == 8  # each fetcher reads robots.txt first
    assert times[-1] - times[0] > 7 * 0.3 * 0.9, times
