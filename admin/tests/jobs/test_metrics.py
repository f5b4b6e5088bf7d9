"""What admin's web tells Prometheus of jobs, and what a worker tells of itself."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from jobs import metrics, schedules
from jobs.models import State
from jobs.roles import BEAT
from rest_framework.test import APIClient

from tests.console.test_metrics import samples
from tests.jobs.rows import a_job, lives

pytestmark = pytest.mark.django_db


def test_jobs_are_told_by_queue_and_state(client: APIClient) -> None:
    a_job(run_at=timezone.now() - timedelta(minutes=2))
    a_job(run_at=timezone.now() + timedelta(minutes=2))
    a_job(kind="drift check", state=State.FAILED)
    lives()
    lives(silent_for=60)
    found = samples(client)
    assert found['lockstep_jobs{queue="imports",state="queued"}'] == 2
    assert found['lockstep_jobs{queue="checks",state="failed"}'] == 1
    assert found['lockstep_jobs{queue="checks",state="running"}'] == 0
    assert 120 <= found['lockstep_jobs_oldest_queued_seconds{queue="imports"}'] < 150
    assert found['lockstep_jobs_oldest_queued_seconds{queue="checks"}'] == 0
    assert found["lockstep_workers"] == 1


def test_no_worker_is_a_zero(client: APIClient) -> None:
    assert samples(client)["lockstep_workers"] == 0


def test_schedules_that_are_switched_on_are_told_and_whether_beat_lives(client: APIClient) -> None:
    schedules.plan(name="lamp", kind="drift check", label="all products", spec={}, every=60)
    schedules.plan(name="desk", kind="drift check", label="all products", spec={}, every=60, is_enabled=False)
    found = samples(client)
    assert (found["lockstep_schedules"], found["lockstep_beats"]) == (1, 0)
    lives(role=BEAT)
    assert samples(client)["lockstep_beats"] == 1


def test_a_worker_tells_its_version_without_asking_the_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert [metric.name for metric in metrics.collect()] == ["lockstep_build_info"]


def test_the_costs_are_five_statements(django_assert_num_queries: Any) -> None:
    for _ in range(9):
        a_job()
    lives()
    lives(BEAT)
    with django_assert_num_queries(5):
        assert len(list(metrics.gauges())) == 5
