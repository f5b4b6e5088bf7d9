"""From where an import is to read: a URL that leads to a page, a listing, a feed or another instance; or a file."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from jobs.errors import Refused
from jobs.models import Line
from jobs.runs import Run

from imports.fetching.fetcher import Fetcher
from imports.items import Item, Unusable
from imports.models import Upload
from imports.sources import csv_feed, instance, json_feed, sniffing
from imports.sources.decoding import decoded
from imports.sources.listing import Listing
from imports.sources.making import Note, Piece
from imports.sources.page import parsed
from imports.sources.schema_org import products

Found = Iterator[Item | Unusable]
ACCEPT = "text/html, application/xhtml+xml, application/json;q=0.9, text/csv;q=0.9, */*;q=0.5"


def read(run: Run, fetcher: Fetcher) -> Found:
    """What run.spec asks for, as it comes; tells run.progress how far it is, and notes what a reader of the log wants
    to know. Raises Refused where there is nothing to read at all, Later where the start cannot be reached now."""
    for piece in _url(run, fetcher) if "url" in run.spec else _file(run):
        if isinstance(piece, Note):
            run.note(piece.text, Line.Level.WARNING if piece.is_warning else Line.Level.INFO)
        else:
            yield piece


def _url(run: Run, fetcher: Fetcher) -> Iterator[Piece]:
    url = run.spec["url"]
    run.progress(0, None, f"reading {url}")
    answer = fetcher.get(url, accept=ACCEPT)
    kind = sniffing.kind(answer.body, content_type=answer.content_type, charset=answer.charset, name=answer.url)
    if kind == "html":
        listing = Listing(run, fetcher, depth=run.spec.get("depth"), max_pages=_max_pages(run))
        yield from listing.pieces(answer, asked=url)
        return
    text = decoded(answer.body, answer.charset)
    if kind == "csv":
        yield from _table(run, text, answer.url, answer.url)
        return
    data = json_feed.loaded(text, name=answer.url)
    if instance.is_list(data):
        yield from _instance(run, fetcher, data, answer.url)
    else:
        yield from _objects(run, data, answer.url, answer.url)


def _file(run: Run) -> Iterator[Piece]:
    upload = Upload.objects.filter(job=run.job).first()
    if upload is None:
        raise Refused("The uploaded file is gone. Upload it once more.")
    body = bytes(upload.content)
    kind = sniffing.kind(body, content_type=upload.content_type.partition(";")[0].strip().lower(), name=upload.name)
    if kind == "html":
        yield from products(parsed(body), look=run.look)[0]
    elif kind == "csv":
        yield from _table(run, decoded(body), upload.name, "")
    else:
        yield from _objects(run, json_feed.loaded(decoded(body), name=upload.name), upload.name, "")


def _table(run: Run, text: str, name: str, base: str) -> Iterator[Piece]:
    lines = len(text.splitlines())
    for line, piece in csv_feed.pieces(text, name=name, base=base):
        run.progress(min(line, lines), lines, f"line {line:,} of {name}")
        yield piece
    run.progress(lines, lines)


def _objects(run: Run, data: Any, name: str, base: str) -> Iterator[Piece]:
    for number, count, piece in json_feed.pieces(data, name=name, base=base):
        run.progress(number, count, f"item {number:,} of {name}")
        yield piece


def _instance(run: Run, fetcher: Fetcher, data: Any, url: str) -> Iterator[Piece]:
    pages = instance.pieces(data, url=url, fetcher=fetcher, max_pages=_max_pages(run), is_late=lambda: run.is_late)
    for page, piece in pages:
        run.progress(page, None, f"page {page:,} of {url}")
        run.look()
        yield piece


def _max_pages(run: Run) -> int:
    most = settings.IMPORTS.max_pages
    return min(run.spec.get("max_pages") or most, most)
