"""What admin's web tells Prometheus: the database as it is at the moment of asking."""

from datetime import timedelta
from typing import Any

import pytest
from access.models import Scope, Token
from catalogue.models import Product
from django.core.cache import cache
from django.db import OperationalError
from django.utils import timezone
from outbox.models import OutboxEvent, Reason
from processes.models import Process, State
from processes.steering import pause
from prometheus_client.parser import text_string_to_metric_families
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    cache.clear()


def samples(client: APIClient) -> dict[str, float]:
    """By name and labels, as one writes them in a query."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    found = (sample for family in text_string_to_metric_families(answer.content.decode()) for sample in family.samples)
    return {
        name + ("{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}" if labels else ""): value
        for name, labels, value, *_ in found
    }


def run(state: State, **more: Any) -> Process:
    now = timezone.now()
    columns = {"host": "here", "pid": 1, "version": "1", "started_at": now, "beat_at": now, "since": now} | more
    return Process.objects.create(role="relay", state=state, **columns)


def test_each_waiting_event_has_one_state_and_the_oldest_its_age(client: APIClient) -> None:
    for number in range(5):
        Product.objects.create(title=f"Lamp {number}")
    ids = list(OutboxEvent.objects.order_by("id").values_list("id", flat=True))
    OutboxEvent.objects.filter(id=ids[1]).update(reason=Reason.UNROUTABLE)
    OutboxEvent.objects.filter(id=ids[2]).update(created_at=timezone.now() - timedelta(hours=2))
    OutboxEvent.objects.filter(id=ids[0]).update(created_at=timezone.now() - timedelta(seconds=100))
    OutboxEvent.objects.filter(id=ids[2]).update(reason=Reason.REFUSED, held_at=timezone.now())
    found = samples(client)
    states = {state: found[f'lockstep_outbox_events{{state="{state}"}}'] for state in ("waiting", "unroutable", "held")}
    assert states == {"waiting": 3, "unroutable": 1, "held": 1}
    assert found['lockstep_outbox_events{state="nacked"}'] == found['lockstep_outbox_events{state="refused"}'] == 0
    assert 100 <= found["lockstep_outbox_oldest_age_seconds"] < 130  # the held one does not go by itself
    assert found["lockstep_products"] == 5
    assert found['lockstep_build_info{version="0.1.0"}'] == 1


def test_an_empty_outbox_has_no_oldest_event(client: APIClient) -> None:
    assert samples(client)["lockstep_outbox_oldest_age_seconds"] == 0


def test_a_relay_that_falls_silent_is_down_and_its_last_success_stays(client: APIClient, settings: Any) -> None:
    settings.BROKER_URL = "amqp://127.0.0.1:1/"
    assert samples(client)['lockstep_process_up{role="relay"}'] == 0
    relay = run(State.WORKING, last_event_at=timezone.now())
    run(State.STANDING_BY)
    found = samples(client)
    assert found['lockstep_process_up{role="relay"}'] == 1
    assert found['lockstep_processes{state="working"}'] == found['lockstep_processes{state="standing_by"}'] == 1
    Process.objects.update(beat_at=timezone.now() - timedelta(minutes=1))
    found = samples(client)
    assert found['lockstep_process_up{role="relay"}'] == 0
    assert found["lockstep_relay_last_success_timestamp_seconds"] == relay.last_event_at.timestamp()


def test_a_pause_is_told(client: APIClient, settings: Any) -> None:
    settings.BROKER_URL = "amqp://127.0.0.1:1/"
    assert samples(client)["lockstep_paused"] == 0
    pause(role="relay", by="ada")
    assert samples(client)["lockstep_paused"] == 1


def test_without_a_broker_no_relay_is_missed(client: APIClient, embedded: None) -> None:
    assert not [name for name in samples(client) if name.startswith("lockstep_process")]


def test_a_database_that_is_away_is_said_with_503(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("gone away")

    monkeypatch.setattr("config.sync.outbox.summary", away)
    answer = client.get("/metrics")
    assert answer.status_code == 503
    assert answer.json()["code"] == "database_away"


@pytest.mark.parametrize("accept", ["application/openmetrics-text;version=1.0.0", "text/plain", "text/html", "*/*"])
def test_it_is_text_whatever_is_asked_for(client: APIClient, accept: str) -> None:
    assert client.get("/metrics", HTTP_ACCEPT=accept).status_code == 200


def test_in_the_network_it_is_not_sent_to_https_and_a_reader_s_token_opens_it(client: APIClient, settings: Any) -> None:
    settings.IS_OPEN, settings.SECURE_SSL_REDIRECT = False, True
    _, key = Token.objects.create_key(name="prometheus", scope=Scope.READ)
    assert client.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {key}").status_code == 200
    assert client.get("/metrics").status_code == 401
