"""Whole imports from the test website, through the real fetcher, and from files."""

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from imports.fetching.fetcher import Answer, Fetcher
from imports.items import Item, Unusable
from imports.models import Upload
from imports.sources.reading import read
from jobs.errors import Cancelled, Later, Refused
from jobs.models import Job, State
from jobs.runs import Run

from tests.imports.conftest import Site
from tests.imports.sources.pages import product, script

pytestmark = pytest.mark.django_db


def run_of(**spec: Any) -> Run:
    return Run(Job.objects.create(kind="import", queue="imports", label="x", spec=spec, by="boss", state=State.RUNNING))


def log(run: Run) -> list[str]:
    return [line.text for line in run.take()[0]]


def skus(found: list[Any]) -> list[str | None]:
    return [each.sku for each in found if isinstance(each, Item)]


class Shop:
    """What a host answers, by URL; it knows what was asked for."""

    def __init__(self, pages: dict[str, Any]) -> None:
        self.pages, self.asked = pages, list[str]()

    def get(self, url: str, *, accept: str = "*/*") -> Answer:
        self.asked.append(url)
        page = self.pages.get(url, Refused(f"{url} is not there (404)."))
        if isinstance(page, Exception):
            raise page
        if isinstance(page, Answer):
            return page
        return Answer(url=url, content_type="text/html", charset="utf-8", body=page.encode())


def crawl(pages: dict[str, Any], **spec: Any) -> tuple[list[Any], Shop, Run]:
    """From https://a.example.com/; the pages' keys are paths."""
    shop = Shop({f"https://a.example.com{path}": page for path, page in pages.items()})
    run = run_of(url="https://a.example.com/", **spec)
    fetcher: Any = shop
    return list(read(run, fetcher)), shop, run


def links(*urls: str, **related: str) -> str:
    return "".join(f'<a href="{url}">x</a>' for url in urls) + "".join(
        f'<a rel="{how}" href="{url}">x</a>' for how, url in related.items()
    )


def lamp(sku: str) -> str:
    return script(product(sku=sku))


SITE = {
    "/json-ld/lamp": ["JSONLD-1"],
    "/microdata/lamp": ["MICRO-1"],
    "/graph/": ["GRAPH-1", "GRAPH-2", None],
    "/offers/": ["OFFERS-1"],
    "/variants/": ["SHIRT-R", "SHIRT-B"],
    "/html/": ["HTML-1"],
    "/broken/json": ["BROKEN-2"],
    "/broken/tags": ["BROKEN-1"],
    "/empty/": [],
    "/latin1": ["LATIN-1"],
    "/xxe": ["XXE-1"],
    "/feed.csv": ["CSV-1", "CSV-2", "CSV-3"],
    "/feed.json": ["JSON-1", "JSON-2"],
    "/shopify/products.json": ["MUG-B", "MUG-R"],
    "/api/products": ["THEIRS-1", "THEIRS-2", "THEIRS-3", "THEIRS-4", "THEIRS-5", None],
    "/hops/2": ["JSONLD-1"],
    "/listing/": [f"LISTING-{number}" for number in range(1, 13)],
}


@pytest.mark.parametrize("path", SITE)
def test_what_the_website_has(site: Site, fetcher: Fetcher, path: str) -> None:
    assert sorted(skus(list(read(run_of(url=f"{site.url}{path}"), fetcher))), key=str) == sorted(SITE[path], key=str)


def test_markup_from_the_website_is_text(site: Site, fetcher: Fetcher) -> None:
    (found,) = read(run_of(url=f"{site.url}/html/"), fetcher)
    assert isinstance(found, Item)
    assert (found.title, found.description) == ("Lamp & shade", "Warm & bright.\n\nOne\nTwo")


def test_an_external_entity_is_not_read(site: Site, fetcher: Fetcher) -> None:
    (found,) = read(run_of(url=f"{site.url}/xxe"), fetcher)
    assert "root:" not in str(found)
    assert "lollol" not in str(found)


def test_another_instance_s_product_without_a_sku_has_a_url(site: Site, fetcher: Fetcher) -> None:
    found = list(read(run_of(url=f"{site.url}/api/products"), fetcher))
    assert [each.url for each in found if isinstance(each, Item)][-1] == f"{site.url}/api/products/6"


def test_rows_that_cannot_be_taken_are_told(site: Site, fetcher: Fetcher) -> None:
    found = list(read(run_of(url=f"{site.url}/bad.csv"), fetcher))
    assert [type(each).__name__ for each in found] == ["Item", "Item", "Unusable", "Unusable", "Unusable", "Unusable"]
    assert [each.where.split(" of ")[0] for each in found[2:]] == ["row 4", "row 5", "row 6", "row 7"]


def test_a_forbidden_page_of_a_list_is_told_and_the_others_are_read(site: Site, fetcher: Fetcher) -> None:
    found = list(read(run_of(url=f"{site.url}/"), fetcher))
    assert [each.where for each in found if isinstance(each, Unusable)] == [f"{site.url}/private/lamp"]
    assert "JSONLD-1" in skus(found)


@pytest.mark.parametrize("path", ["/private/lamp", "/status/404", "/loop"])
def test_a_start_that_is_refused_ends_the_import(site: Site, fetcher: Fetcher, path: str) -> None:
    with pytest.raises(Refused):
        list(read(run_of(url=f"{site.url}{path}"), fetcher))


def test_a_start_that_fails_now_may_be_read_later(site: Site, fetcher: Fetcher) -> None:
    with pytest.raises(Later):
        list(read(run_of(url=f"{site.url}/status/503"), fetcher))


def test_a_list_is_read_page_by_page_and_each_page_once() -> None:
    pages = {
        "/": links("/a", "/a#x", "/", next="/2"),
        "/2": links("/b", "/a", prev="/"),
        "/a": lamp("A"),
        "/b": lamp("B"),
    }
    found, shop, run = crawl(pages)
    assert skus(found) == ["A", "B"]
    assert len(shop.asked) == len(set(shop.asked)) == 4
    assert log(run) == ["4 pages read, 2 held products"]


def test_a_list_s_last_page_is_read_as_one_though_the_first_page_links_to_it() -> None:
    pages = {
        "/": links("/4", next="/2"),
        "/4": links("/c", prev="/3"),
        "/2": links(next="/3", prev="/"),
        "/3": links(next="/4", prev="/2"),
        "/c": lamp("C"),
    }
    found, shop, _ = crawl(pages)
    assert skus(found) == ["C"]
    assert len(shop.asked) == len(set(shop.asked))


def test_links_go_as_deep_as_was_asked() -> None:
    pages = {"/": links("/1"), "/1": lamp("A") + links("/2"), "/2": lamp("B") + links("/3"), "/3": lamp("C")}
    assert [skus(crawl(pages, depth=depth)[0]) for depth in (0, 1, 2, None)] == [[], ["A"], ["A", "B"], ["A"]]


def test_a_product_s_page_leads_nowhere_unasked() -> None:
    found, shop, _ = crawl({"/": lamp("A") + links("/1", next="/2"), "/1": lamp("B"), "/2": lamp("C")})
    assert (skus(found), len(shop.asked)) == (["A"], 1)


def test_the_list_in_the_markup_counts_before_the_links() -> None:
    entries = {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "url": "/a"}, {"item": {"@id": "/b"}}]}
    crumbs = {"@type": "BreadcrumbList", "itemListElement": [{"@type": "ListItem", "item": "/imprint"}]}
    pages = {"/": script(entries) + script(crumbs) + links("/imprint"), "/a": lamp("A"), "/b": lamp("B")}
    found, shop, _ = crawl(pages)
    assert (skus(found), len(shop.asked)) == (["A", "B"], 3)


def test_no_other_host_is_asked() -> None:
    pages = {"/": links("https://b.example.com/", "//a.example.com:8443/", "https://a.example.com.evil.example/", "/a")}
    found, shop, _ = crawl(pages | {"/a": lamp("A")})
    assert shop.asked == ["https://a.example.com/", "https://a.example.com/a"]
    assert skus(found) == ["A"]


def test_a_page_that_leads_to_another_host_is_told() -> None:
    away = Answer(url="https://b.example.com/", content_type="text/html", charset="", body=lamp("B").encode())
    (found,), _, _ = crawl({"/": links("/away"), "/away": away})
    assert "b.example.com" in found.reason


def test_no_more_pages_are_read_than_was_asked() -> None:
    pages = {"/": links(*(f"/{n}" for n in range(50)))} | {f"/{n}": lamp(str(n)) for n in range(50)}
    found, shop, run = crawl(pages, max_pages=5)
    assert (len(found), len(shop.asked)) == (4, 5)
    assert "there are more" in log(run)[0]


def test_the_setting_bounds_what_is_asked(imports_conf: Callable[..., None]) -> None:
    imports_conf(max_pages=3)
    pages = {"/": links(*(f"/{n}" for n in range(50)))} | {f"/{n}": lamp(str(n)) for n in range(50)}
    assert len(crawl(pages, max_pages=1000)[1].asked) == 3


def test_a_host_that_went_away_is_not_asked_for_every_page() -> None:
    pages: dict[str, Any] = {"/": links(*(f"/{n}" for n in range(50)))}
    pages |= {f"/{n}": Later("it does not answer") for n in range(50)}
    with pytest.raises(Later, match="5 pages in a row"):
        crawl(pages)


def test_who_cancels_waits_for_one_page_at_most() -> None:
    shop: Any = Shop({"https://a.example.com/": links("/1", "/2")})
    run = run_of(url="https://a.example.com/")
    run.interrupt(Cancelled)
    with pytest.raises(Cancelled):
        list(read(run, shop))
    assert len(shop.asked) == 1


def test_progress_tells_the_page_that_is_read() -> None:
    _, _, run = crawl({"/": links("/a"), "/a": lamp("A")})
    assert run.take()[1] == {"done": 2, "total": 2, "said": ""}


def listed(*numbers: int, following: str | None) -> Answer:
    rows = [{"id": n, "title": f"T{n}", "version": 1, "price": "1.00", "sku": None} for n in numbers]
    body = json.dumps({"next": following, "previous": None, "results": rows}).encode()
    return Answer(url="https://a.example.com/", content_type="application/json", charset="", body=body)


def test_another_instance_s_pages_are_asked_of_the_host_that_was_named() -> None:
    second = "https://a.example.com?cursor=c%3D&page_size=500"
    shop: Any = Shop({
        "https://a.example.com/": listed(1, following="http://10.0.0.1/secret?cursor=c%3D"),
        second: listed(2, following=second),
    })  # fmt: skip
    found = list(read(run_of(url="https://a.example.com/"), shop))
    assert [each.where for each in found] == ["https://a.example.com/1", "https://a.example.com/2"]
    assert shop.asked == ["https://a.example.com/", second]  # and not itself again


FILES: dict[str, tuple[str, bytes, list[str]]] = {
    "a.csv": ("application/vnd.ms-excel", b"sku;title\nA;Lamp\n", ["A"]),
    "utf-16.csv": ("text/csv", "sku\ttitle\nA\tGlühlampe\n".encode("utf-16"), ["A"]),
    "mark.csv": ("", b"\xef\xbb\xbfsku,title\nA,Lamp\n", ["A"]),
    "latin.csv": ("", "sku,title\nA,Glühlampe\n".encode("latin-1"), ["A"]),
    "a.json": ("application/octet-stream", b'[{"sku": "A"}]', ["A"]),
    "lines.txt": ("text/plain; charset=utf-8", b'{"sku": "A"}\n{"sku": "B"}\n', ["A", "B"]),
    "page.html": ("", f"<html>{lamp('A')}</html>".encode(), ["A"]),
    "table": ("", b"sku,title\nA,Lamp\n", ["A"]),
}


def of_file(name: str, content_type: str, content: bytes) -> list[Any]:
    run = run_of(file=name)
    Upload.objects.create(job=run.job, name=name, content_type=content_type, content=content)
    fetcher: Any = None
    return list(read(run, fetcher))


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_what_it_looks_like(name: str) -> None:
    content_type, content, expected = FILES[name]
    assert skus(of_file(name, content_type, content)) == expected


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\x89PNG\r\n", b"\0" * 100, b"hello", b"<rss></rss>", b"{", b"[" * 100_000]
)
def test_a_file_that_is_none_of_these_is_refused(content: bytes) -> None:
    with pytest.raises(Refused, match="thing"):
        of_file("thing", "", content)


def test_a_file_that_is_gone_is_refused() -> None:
    fetcher: Any = None
    with pytest.raises(Refused, match="gone"):
        list(read(run_of(file="a.csv"), fetcher))


def peak(work: Callable[[], object]) -> int:
    """Bytes of Python's own that were in use at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_variants_that_share_a_long_description_do_not_fill_the_memory() -> None:
    variants = [{"@type": "Product", "sku": f"S-{number}", "offers": {"price": 1}} for number in range(1_000)]
    group = {"@type": "ProductGroup", "name": "Lamp", "description": "<p>bright</p>" * 15_000, "hasVariant": variants}
    body = script(group)
    assert peak(lambda: crawl({"/": body})) < 60_000_000


def test_a_list_of_very_many_urls_does_not_fill_the_memory() -> None:
    entries = {"@type": "ItemList", "itemListElement": [str(number) for number in range(200_000)]}
    body = f'<base href="https://a.example.com/{"x" * 1_900}/">' + script(entries)
    assert peak(lambda: crawl({"/": body}, depth=0)) < 150_000_000


def test_the_ends_of_many_lists_do_not_fill_the_memory() -> None:
    base = f'<base href="https://a.example.com/{"x" * 1_900}/">'
    many = base + links(*map(str, range(2_000)), prev="/z")
    pages: dict[str, Any] = {f"/{number}": many for number in range(12)}
    assert peak(lambda: crawl({"/": links(*pages), **pages}, depth=1, max_pages=13)) < 25_000_000


def test_a_cancelled_import_does_not_wait_for_the_end_of_a_page() -> None:
    run = run_of(url="https://a.example.com/")
    shop: Any = Shop({"https://a.example.com/": script([product(sku=f"S-{number}") for number in range(50)])})
    looks = []

    def look() -> None:
        looks.append(1)
        if len(looks) == 10:
            raise Cancelled

    run.look = look  # type: ignore[method-assign]
    with pytest.raises(Cancelled):
        list(read(run, shop))
