"""Jobs for Prometheus. Admin's web tells them, from the database: where no worker lives, none could say so."""

from collections.abc import Iterator

from processes.metrics import build_info, gauge
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from jobs import queries, schedules
from jobs.roles import BEAT, WORKER


def collect() -> Iterator[Metric]:
    """What a worker's own `/metrics` tells beside what is known of every process."""
    yield from build_info()


def gauges() -> Iterator[Metric]:
    jobs = GaugeMetricFamily("lockstep_jobs", "Jobs by queue and state.", labels=["queue", "state"])
    for (queue, state), count in queries.counts().items():
        jobs.add_metric([queue, state], count)
    yield jobs
    says = "Since when the oldest job of the queue could have been begun; 0: none waits."
    yield gauge("lockstep_jobs_oldest_queued_seconds", says, queries.waits(), label="queue")
    yield GaugeMetricFamily("lockstep_workers", "Workers that are alive.", value=float(queries.living(WORKER)))
    says = "Schedules that are switched on."
    yield GaugeMetricFamily("lockstep_schedules", says, value=float(schedules.switched_on()))
    says = "Processes of beat that are alive: one, or no schedule comes due."
    yield GaugeMetricFamily("lockstep_beats", says, value=float(queries.living(BEAT)))
