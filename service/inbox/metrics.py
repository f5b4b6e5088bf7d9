"""What a consumer tells Prometheus of itself; queue and copy the web tells. All are in docs/metrics.md."""

from collections.abc import Iterator

from processes.activity import activity
from processes.metrics import build_info, counter, histogram
from prometheus_client.metrics_core import Metric

from inbox.routing import Outcome
from inbox.transactions import CONFLICTS

RETRIES = (*sorted(set(CONFLICTS.values())), "locked", "unavailable")


def collect() -> Iterator[Metric]:
    yield from build_info()
    yield counter(
        "lockstep_consumed_total",
        "Events that were applied, or found to be duplicate, stale or no event that can be applied.",
        activity.counts,
        label="outcome",
        known=[outcome.value for outcome in Outcome],
    )
    yield histogram(
        "lockstep_batch_duration_seconds",
        "From the moment a batch was received until it was acknowledged.",
        activity.batch_seconds,
    )
    yield histogram("lockstep_batch_events", "Events in a batch.", activity.batch_events)
    yield histogram(
        "lockstep_lag_seconds",
        "From the commit on admin until the change was visible here. Two clocks are in it.",
        activity.lag,
    )
    yield counter(
        "lockstep_db_retries_total",
        "Transactions that were tried again.",
        activity.errors,
        label="kind",
        known=RETRIES,
    )
