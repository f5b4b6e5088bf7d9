"""From where an import is to read: a URL that leads to a page, a listing, a feed or another instance; or a file."""

from collections.abc import Iterator

from django.conf import settings
from jobs.errors import Refused
from jobs.runs import Run

from imports.fetching.fetcher import Answer, Fetcher
from imports.items import Item, Unusable
from imports.models import Upload
from imports.sources import csv_feed, instance, json_feed
from imports.sources.decoding import decoded
from imports.sources.listing import HTML, Crawl

Found = Iterator[Item | Unusable]
TYPES = {
    **dict.fromkeys(HTML, "html"),
    **dict.fromkeys(("application/json", "application/ld+json", "application/x-ndjson", "text/json"), "json"),
    **dict.fromkeys(("text/csv", "text/tab-separated-values", "application/csv"), "csv"),
}


def read(run: Run, fetcher: Fetcher) -> Found:
    """What run.spec asks for, as it comes; tells run.progress how far it is, and notes what a reader of the log wants
    to know. Raises Refused where there is nothing to read at all, Later where the start cannot be reached now."""
    if "file" in run.spec:
        return _feed(_uploaded(run), name=run.spec["file"], base="")
    run.progress(0, None, f"reading {run.spec['url']}")
    start = fetcher.get(run.spec["url"])
    most = min(run.spec.get("max_pages") or settings.IMPORTS.max_pages, settings.IMPORTS.max_pages)
    if kind(start) == "html":
        return Crawl(start, depth=run.spec.get("depth"), most_pages=most, run=run, fetcher=fetcher).products()
    if kind(start) == "json" and instance.is_page(data := json_feed.parsed(decoded(start), name=start.url)):
        return instance.products(data, url=start.url, run=run, fetcher=fetcher, most_pages=most)
    return _feed(start, name=start.url, base=start.url)


def kind(answer: Answer) -> str:
    """html, json or csv: as the host says, else as it begins."""
    if found := TYPES.get(answer.content_type):
        return found
    if answer.content_type.endswith("+json"):
        return "json"
    start = decoded(answer)[:1000].lstrip("\ufeff \t\r\n").lower()
    if start.startswith(("<!doctype html", "<html", "<head", "<body", "<?xml")) or "<html" in start:
        return "html"
    return "json" if start.startswith(("{", "[")) else "csv"


def _feed(answer: Answer, *, name: str, base: str) -> Found:
    text = decoded(answer)
    if kind(answer) == "html":
        raise Refused(f"{name} is a page, not a feed: import it by its URL.")
    if kind(answer) == "json":
        return json_feed.products(json_feed.parsed(text, name=name), name=name, base=base)
    return csv_feed.rows(text, name=name)


def _uploaded(run: Run) -> Answer:
    upload = Upload.objects.filter(job=run.job).first()
    if upload is None:
        raise Refused("The file is not there any more: upload it again.")
    ending = upload.name.lower().rpartition(".")[2]
    content_type = {"csv": "text/csv", "json": "application/json"}.get(ending, "")
    return Answer(url=upload.name, content_type=content_type, charset="", body=bytes(upload.content))
