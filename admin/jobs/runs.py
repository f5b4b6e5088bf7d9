"""One attempt at a job, as its handler sees it."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from config.printable import printable
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from jobs.errors import Interrupted, Lost
from jobs.models import Job, Line, State

MOST_LINES = 1000  # of one attempt
LATE = 0.9  # of its time: what works for long comes to an end by itself
LONGEST_LINE = 2000


class Run:
    """Used by the handler's thread, and by the one that keeps the lease (keeping.py)."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.counts: Counter[str] = Counter(job.counts)  # as committed
        self._lock = threading.Lock()
        self._lines: list[Line] = []
        self._line_count = job.lines.filter(attempt=job.token).count()
        self._told: dict[str, Any] = {}
        self.seen: set[int] = set()  # what its handler has dealt with in this attempt, by whatever id it has
        self._deadline = time.monotonic() + settings.JOBS.seconds
        self._interrupt: type[Interrupted] | None = None

    @property
    def spec(self) -> dict[str, Any]:
        spec: dict[str, Any] = self.job.spec
        return spec

    @property
    def is_late(self) -> bool:
        return self._deadline - time.monotonic() < settings.JOBS.seconds * (1 - LATE)

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._deadline

    def look(self) -> None:
        """To be called between two steps, and often: raises Interrupted where the attempt is to stop."""
        if self._interrupt:
            raise self._interrupt

    def interrupt(self, by: type[Interrupted]) -> None:
        self._interrupt = self._interrupt or by

    def note(self, text: str, level: str = Line.Level.INFO) -> None:
        """A line for the job's log; it is written with the next beat, or with what is written in between."""
        with self._lock:
            self._line_count += 1
            if self._line_count == MOST_LINES:
                text, level = f"More than {MOST_LINES:,} lines: the rest is left out.", Line.Level.WARNING
            if self._line_count <= MOST_LINES:
                text = printable(text)[:LONGEST_LINE]
                self._lines.append(Line(job=self.job, attempt=self.job.token, level=level, text=text))

    def progress(self, done: int, total: int | None = None, said: str = "") -> None:
        """How far it is, and what it does now. In memory: the next beat writes it."""
        with self._lock:
            self._told = {"done": done, "total": total, "said": printable(said)[:500]}

    @contextlib.contextmanager
    def writing(self) -> Iterator[Counter[str]]:
        """A transaction for what this attempt writes, with the job's counts, which are committed with it.

        Raises Lost where the job is another worker's, which then stays so: whoever has a lower token writes nothing.
        """
        with transaction.atomic():
            if not self.mine().update(beat_at=Now()):
                raise Lost
            # From the row, since the answer to the last COMMIT may have been lost.
            counts: Counter[str] = Counter(self.mine().values_list("counts", flat=True).get())
            yield counts
            self.mine().update(counts=dict(counts))
        self.counts = counts

    def mine(self) -> Any:
        """The row, as long as it is this attempt's."""
        return Job.objects.filter(pk=self.job.pk, token=self.job.token, state=State.RUNNING)

    def take(self) -> tuple[list[Line], dict[str, Any]]:
        """The lines that are not written yet, which are the caller's then, and how far it is."""
        with self._lock:
            lines, self._lines = self._lines, []
            return lines, dict(self._told)

    def beat(self) -> bool:
        """Says that the attempt lives, and how far it is. Whether somebody wants to cancel it. Raises Lost."""
        lines, told = self.take()
        try:
            with transaction.atomic():
                if not self.mine().update(beat_at=Now(), **told):
                    raise Lost
                Line.objects.bulk_create(lines)
        except BaseException:
            with self._lock:
                self._lines = lines + self._lines
            raise
        return bool(self.mine().values_list("is_cancel_asked", flat=True).first())
