"""Writes what was found into the catalogue, a batch in a transaction, each product once however often a job is run."""

from collections.abc import Sequence

from jobs.runs import Run

from imports.items import Item


def store(run: Run, items: Sequence[Item]) -> None:
    """Creates or changes the products, and counts created, updated, unchanged and rejected in run.counts; each
    rejected one is a line of the log with its reason. Raises jobs.errors.Lost, django.db.Error."""
    raise NotImplementedError
