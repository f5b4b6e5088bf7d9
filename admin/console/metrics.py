"""`GET /metrics` of the web: what the database says at the moment of asking, so that all of its workers agree."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from access.models import Scope
from access.permissions import may
from config import sync
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from processes import queries
from processes.metrics import CONTENT_TYPE, build_info, gauge, registry, written
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

Half = dict[str, Any]
LAST_EVENT = {
    "relay": ("lockstep_relay_last_success_timestamp_seconds", "When the broker last confirmed an event."),
    "consumer": ("lockstep_consumer_last_event_timestamp_seconds", "When the copy last had an event."),
}


class Watcher(BasePermission):
    """Whoever may read, but never in public: counts tell how a shop does."""

    message = 'This needs a token with the scope "read".'

    def has_permission(self, request: Request, view: Any) -> bool:
        return may(request, Scope.READ, view)


class OneForm(DefaultContentNegotiation):
    """Text, whatever is asked for; it is what every Prometheus reads."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


@extend_schema(exclude=True)
class Metrics(APIView):
    permission_classes = (Watcher,)
    content_negotiation_class = OneForm

    def get(self, request: Request) -> HttpResponse:
        half = sync.half()
        return HttpResponse(written(registry(lambda: gauges(half))), content_type=CONTENT_TYPE)


def gauges(half: Half) -> Iterator[Metric]:
    """This side's half of the truth. What a side does not have, or does not know, has no metric: 0 would be a lie."""
    yield from build_info()
    yield _plain("lockstep_products", "Products on this side.", half["products"])
    yield from _processes(half)
    if "outbox" in half:
        yield from _outbox(half["outbox"], at=_seconds(half["at"]))
    if half.get("broker"):
        yield from _broker(half["broker"])
    if "dead_letters" in half:
        by_reason = half["dead_letters"]["by_reason"]
        yield gauge("lockstep_dead_letters", "Dead letters that nobody has worked off.", by_reason, label="reason")
    if (drift := half.get("drift")) and drift["finished_at"]:
        yield from _drift(drift)
    yield from sync.gauges()


def _processes(half: Half) -> Iterator[Metric]:
    if half["mode"] == "embedded" and sync.ROLE == "relay":
        return  # subscribers pull, and no relay is wanted
    fresh = [process["state"] for process in half["processes"] if process["is_fresh"]]
    yield gauge("lockstep_process_up", "1: a process of this role is alive.", {sync.ROLE: bool(fresh)}, label="role")
    yield gauge("lockstep_processes", "Processes that are alive, by what they do.", Counter(fresh), label="state")
    yield _plain("lockstep_paused", "1: somebody has told the processes to pause.", half["paused"] is not None)
    if last := queries.last_event_at(sync.ROLE):
        yield _plain(*LAST_EVENT[sync.ROLE], last.timestamp())


def _outbox(outbox: dict[str, Any], *, at: float) -> Iterator[Metric]:
    """`waiting` of the half counts those that came back too; here every event has one state."""
    came_back = {state: outbox[state] for state in ("unroutable", "nacked", "refused")}
    states = {"waiting": outbox["waiting"] - sum(came_back.values()), **came_back, "held": outbox["held"]}
    yield gauge("lockstep_outbox_events", "Events in the outbox: not delivered yet.", states, label="state")
    age = max(0.0, at - _seconds(outbox["oldest_at"])) if outbox["oldest_at"] else 0.0
    yield _plain("lockstep_outbox_oldest_age_seconds", "Age of the oldest one that is not held; 0: there is none.", age)


def _broker(broker: dict[str, Any]) -> Iterator[Metric]:
    yield _plain("lockstep_broker_reachable", "1: service reaches the broker.", broker["is_reachable"])
    if not broker["is_reachable"]:
        return
    waiting = {queue: broker[name] for queue, name in (("live", "ready"), ("dead", "dead")) if broker[name] is not None}
    yield gauge("lockstep_queue_events", "Messages that wait in service's queues.", waiting, label="queue")
    # A queue that is not there has no consumers either: to the publisher it comes to the same.
    yield _plain("lockstep_queue_consumers", "Consumers of service's queue.", broker["consumers"] or 0)


def _drift(drift: dict[str, Any]) -> Iterator[Metric]:
    says = "Products that differ between the copies, as the last check found them."
    yield gauge("lockstep_drift_products", says, drift["counts"], label="kind")
    at = _seconds(drift["finished_at"])
    yield _plain("lockstep_drift_last_check_timestamp_seconds", "When the last check of the copies ended.", at)


def _plain(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, value=float(value))


def _seconds(told: str) -> float:
    return datetime.fromisoformat(told).timestamp()
