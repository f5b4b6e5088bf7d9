"""Pages that link to pages: read breadth first, on one host, each once."""

import itertools
from collections import deque
from collections.abc import Iterator

from jobs.errors import Later, Refused
from jobs.runs import Run

from imports.fetching.fetcher import Answer, Fetcher
from imports.items import Item, Unusable
from imports.sources import sniffing
from imports.sources.addresses import absolute, place
from imports.sources.making import Note, Piece
from imports.sources.page import MOST_LINKS, Page, links, parsed, related
from imports.sources.schema_org import products

ACCEPT = "text/html, application/xhtml+xml"
ALREADY = 1_000_000  # deeper than any: it was read
MOST_WAYS = 20  # pages of lists whose links are kept, in case their list is met later: a link may have 2 kB
SILENT = 5  # pages in a row that cannot be read now: the host is away


class Listing:
    """One import's way through a website."""

    def __init__(self, run: Run, fetcher: Fetcher, *, depth: int | None, max_pages: int) -> None:
        self._run, self._fetcher = run, fetcher
        self._depth, self._max_pages = depth, max_pages
        self._waiting: deque[str] = deque()
        self._depths: dict[str, int] = {}  # by URL: how many links further it may lead
        self._ways: dict[str, tuple[list[str], list[str]]] = {}  # of pages of a list that were read as its end
        self._read, self._held, self._silent = 1, 0, 0
        self._is_more = False

    def pieces(self, start: Answer, *, asked: str) -> Iterator[Piece]:
        """From the page that is there already. Raises Later where the host answers no more."""
        self._place = place(_landed(start))
        if (known := absolute(asked, "")) and known != _landed(start):
            self._depths[known] = ALREADY
        yield from self._of_page(start, asked=_landed(start))
        while self._waiting and self._read < self._max_pages:
            url = self._waiting.popleft()
            self._run.progress(self._read, self._read + len(self._waiting) + 1, f"reading {url}")
            self._run.look()
            if self._run.is_late:
                yield Note(
                    f"Stopped after {self._read:,} pages, as the time is nearly over (JOBS_SECONDS): there are more"
                )
                break
            yield from self._of_url(url)
        self._run.progress(self._read, self._read, "")
        if self._is_more:
            yield Note(f"Stopped after {self._read:,} pages, as many as this import may read: there are more")
        yield Note(f"{self._read:,} pages read, {self._held:,} held products", is_warning=False)

    def _of_url(self, url: str) -> Iterator[Piece]:
        self._read += 1
        try:
            answer = self._fetcher.get(url, accept=ACCEPT)
        except Refused as error:
            yield Unusable(where=url, reason=str(error))
            return
        except Later as error:
            self._silent += 1
            if self._silent == SILENT:
                raise Later(f"{SILENT} pages in a row could not be read, the last one since: {error}") from error
            yield Unusable(where=url, reason=str(error))
            return
        self._silent = 0
        landed = _landed(answer)
        if place(landed) != self._place:
            yield Unusable(where=url, reason=f"it leads to another host, {place(landed)}: import that by itself")
        elif landed == url or landed not in self._depths:
            yield from self._of_page(answer, asked=url)

    def _of_page(self, answer: Answer, *, asked: str) -> Iterator[Piece]:
        page = _page(answer)
        if page is None:
            return
        pieces, listed = products(page, look=self._run.look)
        self._held += any(not isinstance(piece, Note) for piece in pieces)
        self._go_on(page, asked, listed, sum(isinstance(piece, Item) for piece in pieces))
        yield from pieces

    def _go_on(self, page: Page, asked: str, listed: list[str], count: int) -> None:
        if self._depth is None:
            self._depth = 0 if count else 1
        depth = self._depths.setdefault(asked, self._depth)
        self._depths.setdefault(page.url, depth)
        nexts = [] if count == 1 else related(page, "next")  # a product's page is no list
        absolutes = (found for url in listed if (found := absolute(url, page.base)))
        onward = list(itertools.islice(absolutes, MOST_LINKS)) or links(page)
        if not depth and len(self._ways) < MOST_WAYS and (nexts or related(page, "prev")):
            self._ways[asked] = (nexts[: self._max_pages], onward[: self._max_pages])
        self._add(nexts, depth)
        if depth:
            self._add(onward, depth - 1)

    def _add(self, urls: list[str], depth: int) -> None:
        for url in urls:
            known = self._depths.get(url)
            if place(url) != self._place or (known is not None and known >= depth):
                continue
            if known is None and self._read + len(self._waiting) >= self._max_pages:
                self._is_more = True
                continue
            self._depths[url] = depth
            if known is None:
                self._waiting.append(url)
            elif url in self._ways:  # a list's last page, say, which its first one links to: it was read as no list
                nexts, onward = self._ways.pop(url)
                self._add(nexts, depth)
                self._add(onward, depth - 1)


def _landed(answer: Answer) -> str:
    return absolute(answer.url, "") or answer.url


def _page(answer: Answer) -> Page | None:
    """None for what is no page."""
    try:
        kind = sniffing.kind(answer.body, content_type=answer.content_type, charset=answer.charset, name=answer.url)
    except Refused:
        return None
    return parsed(answer.body, url=_landed(answer), charset=answer.charset) if kind == "html" else None
