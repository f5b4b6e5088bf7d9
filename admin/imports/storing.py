"""Writes what was found into the catalogue, a batch in a transaction, each product once however often a job is run."""

import random
import time
from collections.abc import Callable, Sequence

from catalogue.operations import SkuTaken
from django.db import DataError, IntegrityError, OperationalError
from jobs.models import Line
from jobs.runs import Run

from imports.batches import Batch
from imports.checking import Checked, check
from imports.items import Item, Unusable

ATTEMPTS = 4
LONGEST_SECONDS = 10.0  # after which none begins: one may wait as long for a lock as the database lets it
REFUSALS = (SkuTaken, IntegrityError, DataError)
TAKEN = "sku: product with this sku already exists."  # the catalogue's words


def store(run: Run, items: Sequence[Item]) -> None:
    """Creates or changes the products, and counts created, updated, unchanged and rejected in run.counts; each
    rejected one is a line of the log with its reason. Raises jobs.errors.Lost, django.db.Error."""
    checked = [check(item) for item in items]
    reject(run, [found for found in checked if isinstance(found, Unusable)])
    many = [found for found in checked if isinstance(found, Checked)]
    for one in many:
        if one.note:
            run.note(one.note, Line.Level.WARNING)
    try:
        _again(run, lambda: _write(run, many))
    except REFUSALS:  # one is at fault, or two want one sku: by themselves they can be told apart
        for one in many:
            _store_one(run, one)


def reject(run: Run, unusable: Sequence[Unusable]) -> None:
    """Counts what cannot be taken, and says why. Raises as `store`."""
    if unusable:
        with run.writing() as counts:
            counts["rejected"] += len(unusable)
    _tell(run, unusable)


def _store_one(run: Run, one: Checked) -> None:
    try:
        _again(run, lambda: _write(run, [one]))
    except REFUSALS as error:
        reason = TAKEN if isinstance(error, SkuTaken) else f"The database refuses it: {error}"
        reject(run, [Unusable(where=one.where, reason=reason)])


def _write(run: Run, many: Sequence[Checked]) -> None:
    if not many:
        return
    with run.writing() as counts:
        batch = Batch(many, job_id=run.job.pk, seen=run.seen)
        counts.update(batch.write())
    run.seen |= batch.written
    _tell(run, batch.rejected)
    for note in batch.notes:
        run.note(note, Line.Level.WARNING)


def _again(run: Run, write: Callable[[], None]) -> None:
    """Some times where another writer is in the way; a database that is away is soon known to be."""
    began = time.monotonic()
    for attempt in range(1, ATTEMPTS + 1):
        run.look()
        try:
            write()
            return
        except (SkuTaken, IntegrityError, OperationalError):
            if attempt == ATTEMPTS or time.monotonic() - began >= LONGEST_SECONDS:
                raise
            time.sleep(random.uniform(0.01, 0.05) * attempt)


def _tell(run: Run, rejected: Sequence[Unusable]) -> None:
    for found in rejected:
        run.note(f"Rejected {found.where}: {found.reason}", Line.Level.WARNING)
