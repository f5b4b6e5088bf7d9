"""The job "import": reads, and writes in batches."""

import time

from jobs.errors import Later, Refused
from jobs.runs import Run

from imports.fetching.fetcher import Fetcher
from imports.items import Item, Unusable
from imports.sources.reading import read
from imports.storing import reject, store

BATCH = 200
BATCH_SECONDS = 2.0  # a slow source is not kept waiting for its products to show
OUTCOMES = ("created", "updated", "unchanged", "rejected")


def run(run: Run) -> str:
    """Raises Refused, Later, Interrupted; what was found before is written then, or found again by the next attempt."""
    with run.writing() as counts:
        counts["rejected"] = 0  # each attempt meets them again; products are counted once, over all attempts
    found = _Found(run)
    try:
        for one in read(run, Fetcher(look=run.look)):
            run.look()
            found.add(one)
    except (Refused, Later):
        found.store()
        raise
    found.store()
    taken = [run.counts[outcome] for outcome in OUTCOMES if outcome != "rejected"]
    if not any(taken):
        raise Refused(_nothing(run.counts["rejected"]))
    return ", ".join(f"{run.counts[outcome]:,} {outcome}" for outcome in OUTCOMES)


def _nothing(rejected: int) -> str:
    if rejected:
        return f"No product was taken: {rejected:,} rejected. The lines above say why each was."
    return "No product was found there. Is it a page with schema.org markup, a CSV or a JSON feed?"


class _Found:
    """What is not written yet."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._items: list[Item] = []
        self._unusable: list[Unusable] = []
        self._stored_at = time.monotonic()

    def add(self, one: Item | Unusable) -> None:
        if isinstance(one, Item):
            self._items.append(one)
        else:
            self._unusable.append(one)
        is_long_ago = time.monotonic() - self._stored_at >= BATCH_SECONDS
        if is_long_ago or len(self._items) + len(self._unusable) >= BATCH:
            self.store()

    def store(self) -> None:
        items, self._items = self._items, []
        unusable, self._unusable = self._unusable, []
        reject(self._run, unusable)
        store(self._run, items)
        self._stored_at = time.monotonic()
