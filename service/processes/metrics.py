"""Metrics, made when Prometheus asks: from totals that are kept anyway, so that an event costs nothing more."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from config.version import VERSION
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from processes import alive
from processes.activity import Tally, activity

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4  # which every Prometheus reads
Source = Callable[[], Iterable[Metric]]
written = generate_latest


class Collected(Collector):
    """A function as prometheus_client wants it."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def collect(self) -> Iterable[Metric]:
        return self._source()


def registry(source: Source) -> CollectorRegistry:
    """With `source` alone: what the library keeps of one process would be that of any of several workers."""
    made = CollectorRegistry()
    made.register(Collected(source))
    return made


def of_this_process(source: Source) -> CollectorRegistry:
    """Besides `source` what Python and the kernel know of the process: memory, processor, open files."""
    made = registry(source)
    made.register(Collected(_turning))
    for known in (ProcessCollector, PlatformCollector, GCCollector):
        known(registry=made)
    return made


def _turning() -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "lockstep_last_turn_age_seconds",
        "Since this process last turned its loop; a long wait for broker or database is many turns.",
        value=alive.seconds_since(),
    )


def build_info() -> Iterator[Metric]:
    yield gauge("lockstep_build_info", "The version of this code; always 1.", {VERSION: 1.0}, label="version")


def gauge(name: str, says: str, values: Mapping[str, float], *, label: str) -> GaugeMetricFamily:
    found = GaugeMetricFamily(name, says, labels=[label])
    for key, value in values.items():
        found.add_metric([key], value)
    return found


def counter(
    name: str, says: str, totals: Mapping[str, int], *, label: str, known: Iterable[str] = ()
) -> CounterMetricFamily:
    """What is `known` beforehand is there from the start, at 0: a first increase would else be seen by nobody."""
    found = CounterMetricFamily(name, says, labels=[label])
    for key, value in (dict.fromkeys(known, 0) | dict(totals)).items():
        found.add_metric([key], value)
    return found


def histogram(name: str, says: str, tally: Tally) -> HistogramMetricFamily:
    counts, total = activity.read(tally)
    buckets, below = [], 0
    for bound, count in zip((*map(str, tally.bounds), "+Inf"), counts, strict=True):
        below += count
        buckets.append((bound, float(below)))
    return HistogramMetricFamily(name, says, buckets=buckets, sum_value=total)
