"""What service's web tells Prometheus: queue, dead letters, drift, and the consumer."""

from typing import Any

import pytest
from config import sync
from django.core.cache import cache
from django.utils import timezone
from inbox.models import DeadLetter, Reason
from processes.models import Process, State
from prometheus_client.parser import text_string_to_metric_families
from rest_framework.test import APIClient

from tests.broker import Broker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    cache.clear()


def samples(client: APIClient) -> dict[str, float]:
    """By name and the value of the one label that there may be."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    found = (sample for family in text_string_to_metric_families(answer.content.decode()) for sample in family.samples)
    return {" ".join([name, *labels.values()]): value for name, labels, value, *_ in found}


def letter(reason: Reason, fingerprint: str) -> None:
    now = timezone.now()
    DeadLetter.objects.create(
        body=b"", reason=reason, error="", fingerprint=fingerprint, first_seen_at=now, last_seen_at=now
    )


def test_dead_letters_are_counted_by_their_reason(client: APIClient) -> None:
    letter(Reason.INVALID, "a")
    letter(Reason.INVALID, "b")
    letter(Reason.GIVEN_UP, "c")
    found = samples(client)
    assert (found["lockstep_dead_letters invalid"], found["lockstep_dead_letters given_up"]) == (2, 1)


def test_a_consumer_that_lives_is_up_and_its_last_event_has_a_time(client: APIClient) -> None:
    assert samples(client)["lockstep_process_up consumer"] == 0
    now = timezone.now()
    row = {"host": "here", "pid": 1, "version": "1", "started_at": now, "beat_at": now, "since": now}
    Process.objects.create(role="consumer", state=State.IDLE, last_event_at=now, **row)
    Process.objects.create(role="consumer", state=State.PAUSED, **row)  # a new one has had none yet
    found = samples(client)
    assert found["lockstep_process_up consumer"] == 1
    assert found["lockstep_processes idle"] == found["lockstep_processes paused"] == 1
    assert found["lockstep_consumer_last_event_timestamp_seconds"] == now.timestamp()


def test_a_check_that_is_not_done_tells_nothing_of_drift(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    half = sync.half()
    drift = {"verdict": "drift", "finished_at": None, "counts": {"missing": 2, "stale": 0}}
    monkeypatch.setattr(sync, "half", lambda: half | {"drift": drift})
    assert not [name for name in samples(client) if name.startswith("lockstep_drift")]
    drift["finished_at"] = "2026-11-01T10:00:00Z"
    found = samples(client)
    assert (found["lockstep_drift_products missing"], found["lockstep_drift_products stale"]) == (2, 0)
    assert found["lockstep_drift_last_check_timestamp_seconds"] == 1793527200


def test_a_broker_that_is_away_is_told_and_nothing_is_made_up(client: APIClient, settings: Any) -> None:
    settings.BROKER_URL = "amqp://127.0.0.1:1/"
    found = samples(client)
    assert found["lockstep_broker_reachable"] == 0
    assert not [name for name in found if name.startswith("lockstep_queue")]


def test_the_queue_is_told_and_one_that_is_not_there_has_no_consumers(
    client: APIClient, broker: Broker, make_source: Any, settings: Any
) -> None:
    source = make_source()
    found = samples(client)
    assert (found["lockstep_broker_reachable"], found["lockstep_queue_consumers"]) == (1, 0)
    assert "lockstep_queue_events live" not in found
    source.open()
    cache.clear()
    found = samples(client)
    assert (found["lockstep_queue_consumers"], found["lockstep_queue_events dead"]) == (1, 0)
