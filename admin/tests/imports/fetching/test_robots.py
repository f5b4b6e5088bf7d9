import time
import tracemalloc
from collections.abc import Callable

import pytest
from imports.fetching import robots
from imports.fetching.fetcher import Fetcher
from imports.models import Host as Row
from jobs.errors import Later, Refused

from tests.imports.fetching.conftest import Host, page

NO = b"User-agent: *\nDisallow: /\n"


@pytest.fixture
def shop(host: Host) -> Host:
    host.sends["/"] = page(b"lamps")
    return host


@pytest.mark.parametrize(
    "answer",
    [
        page(b"", status="404 Not Found"), page(b"", status="403 Forbidden"), page(b""), page(b"\xff\xfe\0binary"),
        page(b"<!doctype html><p>Sorry"), page(b"User-agent: LockstepX\nDisallow: /"),
        page(b"", "Location: /robots.txt", status="302 Found"),
    ],
)  # fmt: skip
def test_where_there_is_no_robots_txt_all_is_allowed(shop: Host, fetcher: Fetcher, answer: bytes) -> None:
    shop.sends["/robots.txt"] = answer
    assert fetcher.get(f"{shop.url}/").body == b"lamps"


@pytest.mark.parametrize(
    "content",
    [
        NO, b"\xef\xbb\xbf" + NO, NO + b"# filler\n" * 100_000, b"User-agent: lockstep\nDisallow: /",
        b"user agent: Lockstep/9.9 # us\r\nDisallow: /\r\n", b"User-agent: a\nUser-agent: Lockstep*\nDisallow: /",
    ],
)  # fmt: skip
def test_what_robots_txt_forbids_is_not_asked_for(shop: Host, fetcher: Fetcher, content: bytes) -> None:
    shop.sends["/robots.txt"] = page(content)
    with pytest.raises(Refused, match=r"robots\.txt of that host forbids"):
        fetcher.get(f"{shop.url}/")
    assert len(shop.asked) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (page(NO, "Content-Encoding: br"), r"robots\.txt is packed as 'br'"),
        (page(b"", "Location: ftp://shop.example.com/", status="302 Found"), "a URL begins with http"),
        (page(b"", "Location: http://10.9.9.9/robots.txt", status="302 Found"), "no public address"),
    ],
)
def test_rules_that_are_there_and_cannot_be_read_let_nobody_in(
    shop: Host, fetcher: Fetcher, answer: bytes, said: str
) -> None:
    shop.sends["/robots.txt"] = answer
    with pytest.raises(Refused, match=said):
        fetcher.get(f"{shop.url}/")
    assert len(shop.asked) == 1


def test_what_is_meant_for_us_goes_before_what_is_for_all(shop: Host, fetcher: Fetcher) -> None:
    shop.sends["/robots.txt"] = page(NO + b"User-agent: Lockstep\nAllow: /\n")
    assert fetcher.get(f"{shop.url}/").body == b"lamps"


def test_a_robots_txt_somewhere_else_counts(shop: Host, fetcher: Fetcher) -> None:
    shop.sends["/robots.txt"] = page(b"", "Location: /elsewhere.txt", status="301 Moved")
    shop.sends["/elsewhere.txt"] = page(NO)
    with pytest.raises(Refused, match=r"robots\.txt"):
        fetcher.get(f"{shop.url}/")


@pytest.mark.parametrize("status", ["500 Oh", "503 Busy", "429 Slow down"])
def test_a_robots_txt_that_cannot_be_had_now_lets_nobody_in_yet(shop: Host, fetcher: Fetcher, status: str) -> None:
    shop.sends["/robots.txt"] = page(b"", "Retry-After: 30", status=status)
    with pytest.raises(Later, match=r"robots\.txt answers \d+, and asks to come again in 30 s"):
        fetcher.get(f"{shop.url}/")
    assert len(shop.asked) == 1
    shop.sends["/robots.txt"] = page(b"")
    assert fetcher.get(f"{shop.url}/").body == b"lamps"


def test_a_robots_txt_of_many_names_and_rules_does_not_fill_the_memory() -> None:
    """Each rule is for each name: these would be half a thousand million."""
    content = b"".join(b"User-agent: a%d\n" % n for n in range(13_000)) + b"Allow:/\n" * 30_000
    assert len(content) <= robots.MOST_BYTES
    tracemalloc.start()
    began = time.monotonic()
    try:
        robots.rules(lambda: content).require_allowed("http://shop.example.com/")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50_000_000
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("line", "seconds"), [("0.2", 0.2), ("86400", 60), ("-1", 0), ("nan", 0), ("inf", 0), ("x", 0)]
)
def test_the_delay_that_is_asked_for_is_kept_within_bounds(line: str, seconds: float) -> None:
    content = f"User-agent: *\nCrawl-delay: {line}\n".encode()
    assert robots.rules(lambda: content).delay_seconds == seconds


def test_a_delay_that_robots_txt_asks_for_is_kept(shop: Host, fetcher: Fetcher, transactional_db: None) -> None:
    shop.sends["/robots.txt"] = page(b"User-agent: *\nCrawl-delay: 0.5\n")
    fetcher.get(f"{shop.url}/")
    began = time.monotonic()
    fetcher.get(f"{shop.url}/")
    assert time.monotonic() - began > 0.3


def test_a_place_that_is_refused_is_neither_waited_for_nor_noted(
    shop: Host, imports_conf: Callable[..., None], transactional_db: None
) -> None:
    imports_conf(private_networks="", delay_seconds=30)
    with pytest.raises(Refused, match="no public address"):
        Fetcher().get(f"{shop.url}/")
    assert not Row.objects.exists()
    assert shop.asked == []


def test_what_is_waited_for_its_turn_is_no_part_of_an_answer_s_time(
    shop: Host, fetcher: Fetcher, imports_conf: Callable[..., None], transactional_db: None
) -> None:
    imports_conf(fetch_seconds=0.5, delay_seconds=1)
    assert fetcher.get(f"{shop.url}/").body == b"lamps"  # robots.txt went first
