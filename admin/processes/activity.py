"""What this process has done since it started: read by its metrics, and told to the database by its heartbeat."""

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils import timezone

# Seconds; what is above the last one has a bucket of its own.
LAG_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
BATCH_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
BATCH_EVENTS = (1.0, 2.0, 5.0, 10.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 5000.0)


class Tally:
    """How many values fell into each bucket, and their sum. A bucket holds what is up to its bound."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, values: Iterable[float]) -> None:
        bounds, counts = self.bounds, self.counts
        for value in values:
            counts[bisect_left(bounds, value)] += 1
            self.sum += value


class Activity:
    """Written by the process's own thread, read by its HTTP server's too."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()  # of events, by what became of them
        self.types: Counter[str] = Counter()  # of events that are through, by their type
        self.errors: Counter[str] = Counter()  # of what is no event's, by its kind
        self.gauges: Counter[str] = Counter()  # what is so now, by its name
        self.last_event_at: datetime | None = None  # when events were through
        self.lag = Tally(LAG_BUCKETS)
        self.batch_seconds = Tally(BATCH_SECONDS)
        self.batch_events = Tally(BATCH_EVENTS)

    def through(self, outcomes: Mapping[str, int]) -> None:
        """These events are done with: how many came to what. Those that will be tried again go to `counts` alone."""
        self.counts.update(outcomes)
        if any(outcomes.values()):
            self.last_event_at = timezone.now()

    def lags(self, seconds: Iterable[float]) -> None:
        """From the commit on admin until now. Two clocks are in it: what would be below zero is zero."""
        with self._lock:
            self.lag.add(max(0.0, lag) for lag in seconds)

    def batch(self, *, seconds: float, events: int) -> None:
        with self._lock:
            self.batch_seconds.add([seconds])
            self.batch_events.add([float(events)])

    def read(self, tally: Tally) -> tuple[list[int], float]:
        """Counts and sum of one of this activity's tallies, of the same moment."""
        with self._lock:
            return list(tally.counts), tally.sum


def quantile(counts: list[int], q: float) -> float | None:
    """The value below which the share `q` of the lags lies, in seconds, as exact as the buckets are; None: no lags."""
    total = sum(counts)
    if not total:
        return None
    wanted, seen, low = q * total, 0, 0.0
    for count, high in zip(counts, (*LAG_BUCKETS, LAG_BUCKETS[-1]), strict=True):
        if count and seen + count >= wanted:
            return low + (high - low) * (wanted - seen) / count
        seen, low = seen + count, high
    return low


activity = Activity()
