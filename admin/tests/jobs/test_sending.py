import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from config.celery import app
from django.utils import timezone
from jobs import operations, sending, sweeping
from jobs.folder import Transport
from jobs.models import Job, State
from kombu.exceptions import KombuError

from tests.jobs.looking import claimed, fallen_silent, row
from tests.support import eventually

SEND_SOON = sending.send_soon  # before the tests' fixture takes it away


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The transport by files, which is what there is without a broker."""
    for name in ("messages", "control"):
        (tmp_path / name).mkdir()
    places = {"data_folder_in": str(tmp_path / "messages"), "data_folder_out": str(tmp_path / "messages")}
    before = {name: app.conf[name] for name in ("broker_url", "broker_transport", "broker_transport_options")}
    app.conf.update(
        broker_url="folder://localhost",
        broker_transport="jobs.folder.Transport",
        broker_transport_options={**places, "control_folder": str(tmp_path / "control")},
    )
    app._after_fork()  # forgets its connections
    Transport.global_state.clear()  # and which queues another test's folder has
    yield tmp_path / "messages"
    app.conf.update(**before)
    app._after_fork()


def messages(folder: Path) -> list[Any]:
    return [json.loads(file.read_text()) for file in sorted(folder.glob("*.msg"))]


def test_a_message_names_its_job_and_goes_once(job: Job, folder: Path) -> None:
    assert sending.send(job.pk)
    assert not sending.send(job.pk)
    (message,) = messages(folder)
    assert message["headers"]["task"] == "jobs.run"
    assert message["headers"]["argsrepr"] == f"[{job.pk}]"
    assert [file.name.split(".", 1)[1] for file in folder.iterdir()] == ["admin.jobs.imports.msg"]


def test_a_broker_that_is_away_leaves_the_job_unsent_and_the_sweep_sends_it(job: Job, folder: Path) -> None:
    away = folder.rename(folder.with_name("away"))
    with pytest.raises((OSError, KombuError)):
        sending.send(job.pk)
    assert row(job).sent_at is None
    away.rename(folder)
    sweeping.sweep()
    assert len(messages(folder)) == 1
    sweeping.sweep()
    assert len(messages(folder)) == 1


def test_a_request_is_not_kept_waiting_and_a_thread_sends(
    transactional_db: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "send_soon", SEND_SOON)
    job = operations.add(kind="drift check", label="service", spec={}, by="a test")
    eventually(lambda: messages(folder))
    eventually(lambda: row(job).sent_at)


def test_a_job_gets_no_message_before_its_time_and_another_one_where_the_first_was_lost(job: Job, folder: Path) -> None:
    Job.objects.filter(pk=job.pk).update(run_at=timezone.now() + timedelta(seconds=60))
    sweeping.sweep()
    assert messages(folder) == []
    Job.objects.filter(pk=job.pk).update(
        run_at=timezone.now(), sent_at=timezone.now() - sending.SENT_AGAIN_AFTER - timedelta(seconds=1)
    )
    sweeping.sweep()
    assert len(messages(folder)) == 1


def test_what_a_dead_worker_had_gets_a_message(job: Job, folder: Path) -> None:
    sending.send(job.pk)
    claimed(job)
    fallen_silent(job)
    sweeping.sweep()
    assert (len(messages(folder)), row(job).state) == (2, State.QUEUED)


def test_what_ended_long_ago_is_forgotten(job: Job, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "_pruned_at", float("-inf"))
    old = operations.add(kind="import", label="old", spec={}, by="a test")
    operations.cancel(old.pk, by="a test")
    Job.objects.filter(pk=old.pk).update(finished_at=timezone.now() - sweeping.KEPT - timedelta(days=1))
    sweeping.sweep()
    assert list(Job.objects.values_list("pk", flat=True)) == [job.pk]


def test_of_a_long_queue_the_oldest_alone_get_a_second_message(job: Job, folder: Path) -> None:
    for number in range(30):
        operations.add(kind="import", label=f"shop {number}", spec={}, by="a test")
    Job.objects.update(sent_at=timezone.now() - sending.SENT_AGAIN_AFTER - timedelta(seconds=1))
    sweeping.sweep()
    assert len(messages(folder)) == sweeping.OLDEST
    sweeping.sweep()
    assert len(messages(folder)) == sweeping.OLDEST


def test_who_ends_while_the_broker_hangs_leaves_its_job_unsent(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "send_soon", SEND_SOON)
    monkeypatch.setattr(sending, "GOODBYE_SECONDS", 0.1)
    goes_on = threading.Event()
    monkeypatch.setattr(app, "send_task", lambda *_, **__: goes_on.wait(30))
    job = operations.add(kind="import", label="a shop", spec={}, by="a test")
    try:
        eventually(lambda: row(job).sent_at)
        sending._finish()
        assert row(job).sent_at is None
    finally:
        goes_on.set()
    monkeypatch.setattr(sending, "GOODBYE_SECONDS", 30)
    sending._finish()
