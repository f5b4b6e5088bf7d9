"""From where an import is to read: a URL that leads to a page, a listing, a feed or another instance; or a file."""

from collections.abc import Iterator

from jobs.runs import Run

from imports.fetching.fetcher import Fetcher
from imports.items import Item, Unusable

Found = Iterator[Item | Unusable]


def read(run: Run, fetcher: Fetcher) -> Found:
    """What run.spec asks for, as it comes; tells run.progress how far it is, and notes what a reader of the log wants
    to know. Raises Refused where there is nothing to read at all, Later where the start cannot be reached now."""
    raise NotImplementedError
