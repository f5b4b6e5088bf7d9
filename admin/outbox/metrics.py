"""What a relay tells Prometheus of itself; what waits in the outbox the web tells. docs/metrics.md has them all."""

from collections.abc import Iterator

from processes.activity import activity
from processes.metrics import build_info, counter, histogram
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from outbox.models import Reason
from outbox.outcomes import Cause


def collect() -> Iterator[Metric]:
    yield from build_info()
    yield counter(
        "lockstep_published_total",
        "Events that the broker has confirmed.",
        activity.types,
        label="event_type",
    )
    failed = {reason.value: activity.counts[reason.value] for reason in Reason}
    yield counter(
        "lockstep_publish_errors_total",
        "Attempts that failed: of one event (unroutable, nacked, refused), or of the broker as a whole.",
        failed | {cause.value: activity.errors[cause.value] for cause in Cause},
        label="reason",
    )
    yield histogram(
        "lockstep_publish_duration_seconds",
        "From the first event of a batch that is sent to the broker's last word on it.",
        activity.batch_seconds,
    )
    yield histogram("lockstep_publish_events", "Events in a batch.", activity.batch_events)
    yield GaugeMetricFamily(
        "lockstep_broker_blocked",
        "1: the broker takes nothing from this relay, because of an alarm over its memory or disk.",
        value=float(activity.gauges["broker_blocked"]),
    )
