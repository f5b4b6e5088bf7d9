"""The job "import": reads, and writes in batches."""

from jobs.errors import Refused
from jobs.models import Line
from jobs.runs import Run

from imports.fetching.fetcher import Fetcher
from imports.items import Item, Unusable
from imports.sources.reading import read
from imports.storing import store

BATCH = 200
OUTCOMES = ("created", "updated", "unchanged", "rejected")


def run(run: Run) -> str:
    with run.writing() as counts:
        counts["rejected"] = 0  # each attempt meets them again; products are counted once, over all attempts
    batch: list[Item] = []
    for found in read(run, Fetcher(look=run.look)):
        run.look()
        if isinstance(found, Unusable):
            reject(run, found)
            continue
        batch.append(found)
        if len(batch) == BATCH:
            store(run, batch)
            batch = []
    if batch:
        store(run, batch)
    if not any(run.counts[outcome] for outcome in OUTCOMES):
        raise Refused("No product was found there. Is it a page with schema.org markup, a CSV or a JSON feed?")
    return ", ".join(f"{run.counts[outcome]:,} {outcome}" for outcome in OUTCOMES)


def reject(run: Run, unusable: Unusable) -> None:
    run.note(f"Rejected {unusable.where}: {unusable.reason}", Line.Level.WARNING)
    with run.writing() as counts:
        counts["rejected"] += 1
