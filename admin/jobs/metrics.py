"""What a worker's `/metrics` tells: the jobs by queue and state. All workers tell the same, from the database."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from jobs import queries


def collect() -> Iterator[Metric]:
    jobs = GaugeMetricFamily("lockstep_jobs", "Jobs by queue and state.", labels=["queue", "state"])
    for (queue, state), count in queries.counts().items():
        jobs.add_metric([queue, state], count)
    yield jobs
