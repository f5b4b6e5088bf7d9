"""Pages, and the pages that they lead to: breadth first, on one host, so many of them and so deep."""

from collections import deque
from collections.abc import Iterator
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import msgspec
from jobs.errors import Later, Refused
from jobs.runs import Run

from imports.fetching.fetcher import Answer, Fetcher
from imports.items import Item, Unusable
from imports.sources import schema_org
from imports.sources.decoding import decoded

HTML = ("text/html", "application/xhtml+xml")
NO_PAGES = (
    ".jpg", ".jpeg", ".png", ".gif", ".svg", ".webp", ".ico", ".pdf", ".zip", ".css", ".js", ".mp4", ".xml", ".gz",
)  # fmt: skip
MOST_LINKS = 5000  # of one page


class Place(msgspec.Struct, frozen=True):
    url: str
    depth: int


class Crawl:
    def __init__(self, start: Answer, *, depth: int | None, most_pages: int, run: Run, fetcher: Fetcher) -> None:
        self._start = start
        self._depth = depth
        self._most = most_pages
        self._run = run
        self._fetcher = fetcher
        self._known = {start.url}
        self._waiting: deque[Place] = deque()
        self._pages = self._with_products = 0

    def products(self) -> Iterator[Item | Unusable]:
        """Raises nothing for a page that cannot be read: it is one that cannot be used."""
        yield from self._read(Place(self._start.url, 0), self._start)
        while self._waiting and self._pages < self._most:
            self._run.look()
            place = self._waiting.popleft()
            self._run.progress(self._pages, self._pages + 1 + len(self._waiting), f"reading {place.url}")
            try:
                answer = self._fetcher.get(place.url, accept=", ".join(HTML))
            except (Refused, Later) as error:
                self._pages += 1
                yield Unusable(where=place.url, reason=str(error))
                continue
            if answer.content_type in HTML:
                self._known.add(answer.url)
                yield from self._read(Place(answer.url, place.depth), answer)
        if self._waiting:
            self._run.note(f"{len(self._waiting):,} more pages are known, and were not read (max_pages).", "warning")
        self._run.progress(self._pages, self._pages)
        self._run.note(f"{self._pages:,} pages read, {self._with_products:,} held products.")

    def _read(self, place: Place, answer: Answer) -> Iterator[Item | Unusable]:
        html = decoded(answer)
        found, notes = schema_org.products(html, url=place.url)
        for note in notes:
            self._run.note(note, "warning")
        self._pages += 1
        self._with_products += bool(found)
        if self._depth is None:  # a product's page leads to other ones too, which nobody asked for
            self._depth = 0 if found else 1
        yield from found
        self._follow(place, html)

    def _follow(self, place: Place, html: str) -> None:
        further, beside = links(html, url=place.url)
        if self._depth:
            self._add(further, depth=place.depth)
        if place.depth < (self._depth or 0):
            self._add(beside, depth=place.depth + 1)

    def _add(self, urls: list[str], *, depth: int) -> None:
        for url in urls:
            if url not in self._known and _is_of(url, self._start.url):
                self._known.add(url)
                self._waiting.append(Place(url, depth))


def links(html: str, *, url: str) -> tuple[list[str], list[str]]:
    """The next pages of the same list, and all that it leads to; those that its markup names come first."""
    import lxml.html
    from lxml.etree import LxmlError

    try:
        tree: Any = lxml.html.document_fromstring(html.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
    except (LxmlError, ValueError):
        return [], []
    following = tree.xpath("//link[@rel='next']/@href | //a[contains(concat(' ', @rel, ' '), ' next ')]/@href")
    named = schema_org.linked(html, url=url)
    others = tree.xpath("//a[not(contains(concat(' ', @rel, ' '), ' nofollow '))]/@href")
    return _absolute(following, url), _absolute([*named, *others], url)


def _absolute(texts: list[str], base: str) -> list[str]:
    found = []
    for text in texts[:MOST_LINKS]:
        try:
            url = urldefrag(urljoin(base, text.strip())).url
            parts = urlsplit(url)
        except ValueError:
            continue
        if parts.scheme in ("http", "https") and parts.hostname and not parts.path.lower().endswith(NO_PAGES):
            found.append(url)
    return list(dict.fromkeys(found))


def _is_of(url: str, start: str) -> bool:
    """The same host and port. Elsewhere is somebody else's shop."""
    return urlsplit(url).netloc.lower() == urlsplit(start).netloc.lower()
