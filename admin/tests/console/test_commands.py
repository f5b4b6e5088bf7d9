"""sync_status, pause and resume as their users call them."""

import json
from io import StringIO
from typing import Any

import pytest
from config import sync
from console.models import AuditEntry
from django.core.management import CommandError, call_command
from django.db.models.functions import Now
from processes import steering
from processes.heartbeat import Heartbeat
from processes.models import Pause, Process, State

pytestmark = pytest.mark.django_db
NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def alone(settings: Any) -> None:
    """With a broker that nobody asks here, and without the other side."""
    settings.BROKER_URL = "amqp://nobody:nothing@127.0.0.1:1/none"
    settings.OTHER_SIDE = settings.OTHER_SIDE | {"url": NOWHERE}


def run(*arguments: str, code: int = 0) -> str:
    """What it says; the exit code must be `code`."""
    out = StringIO()
    found = 0
    try:
        call_command(*arguments, stdout=out)
    except CommandError as error:
        found = error.returncode
        out.write(str(error))
    except SystemExit as error:
        found = int(error.code or 0)
    assert found == code, out.getvalue()
    return out.getvalue()


def process(state: State, **more: Any) -> Process:
    moments = {name: Now() for name in ("started_at", "beat_at", "since")}
    identity = {"role": sync.ROLE, "host": "vm", "pid": 7, "version": "0.1.0"}
    return Process.objects.create(**identity | moments | {"state": state} | more)


def test_what_stops_it_is_said_first_with_what_to_do() -> None:
    process(State.IDLE)
    steering.pause(role=sync.ROLE, by="ada\x1b[2J", reason="maintenance")
    sentence, advice, *rest = run("sync_status", code=1).splitlines()
    assert sentence.startswith(f"Stopped: the {sync.ROLE} was paused by ada\\x1b[2J at ")
    assert sentence.endswith(": maintenance")
    assert "manage.py resume" in advice
    assert any(line.startswith(f"{sync.ROLE}\tidle since ") for line in rest)


def test_json_says_the_same_and_more() -> None:
    process(State.PAUSED)
    steering.pause(role=sync.ROLE, by="ada")
    said = json.loads(run("sync_status", "--json", code=1))
    assert (said["level"], said["exit_code"]) == ("bad", 1)
    assert [box["name"] for box in said["pipeline"]] == ["admin", "outbox", "broker", "consumer", "copy"]
    assert said[sync.SIDE]["paused"]["by"] == "ada"


def test_a_pause_tells_who_and_why_and_leaves_an_entry() -> None:
    process(State.PAUSED)
    said = run("pause", "--reason", "maintenance")
    assert f"The {sync.ROLE} is to pause" in said
    assert "1 process waits." in said
    pause = Pause.objects.get()
    assert (pause.role, pause.reason) == (sync.ROLE, "maintenance")
    entry = AuditEntry.objects.get()
    assert (entry.via, entry.action, entry.target, entry.said) == ("command", "pause", sync.ROLE, "maintenance")
    assert entry.actor == pause.by


def test_who_paused_first_stays_named() -> None:
    steering.pause(role=sync.ROLE, by="ada", reason="first")
    assert "was paused already, by ada at " in run("pause", "--reason", "second")
    assert AuditEntry.objects.count() == 0


def test_with_nobody_running_it_says_so() -> None:
    assert f"No {sync.ROLE} runs now" in run("pause")
    assert f"No {sync.ROLE} runs now" in run("resume")


def test_one_that_does_not_pause_is_named() -> None:
    process(State.WORKING)
    assert "Not paused after 0.1 s: vm/7 (working)" in run("pause", "--wait", "0.1", code=1)
    assert Pause.objects.exists()
    assert "Events wait" in run("pause", "--no-wait")


def test_one_that_does_not_go_on_is_named() -> None:
    process(State.PAUSED)
    run("pause")
    assert "Still paused after 0.1 s: vm/7 (paused)" in run("resume", "--wait", "0.1", code=1)
    assert not Pause.objects.exists()


def test_a_resume_leaves_an_entry_where_it_was_paused() -> None:
    steering.pause(role=sync.ROLE, by="ada")
    run("resume")
    assert f"The {sync.ROLE} was not paused." in run("resume")
    assert [entry.action for entry in AuditEntry.objects.all()] == ["resume"]


@pytest.mark.django_db(transaction=True)
def test_a_real_heartbeat_follows() -> None:
    """What relay and consumer do between two steps."""
    heartbeat = Heartbeat(role=sync.ROLE)
    run("pause", "--no-wait")
    heartbeat.beat(State.IDLE)
    assert heartbeat.is_paused
    heartbeat.beat(State.PAUSED)
    assert "1 process waits." in run("pause")


@pytest.mark.parametrize("arguments", [["sync_status", "--watch", "soon"], ["pause", "--wait", "-1"]])
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command(*arguments)
    assert "is no number of seconds" in str(refusal.value)


def test_without_a_broker_there_is_no_relay_to_pause(embedded: None) -> None:
    assert "admin has no relay. Pause the consumer" in run("pause", code=1)
    assert not Pause.objects.exists()


def test_without_a_broker_there_is_no_relay_to_resume_or_to_be_shown_as_paused(embedded: None) -> None:
    steering.pause(role=sync.ROLE, by="ada")
    assert "admin has no relay. Pause the consumer" in run("resume", code=1)
    assert Pause.objects.exists()
    assert json.loads(run("sync_status", "--json", code=3))["admin"]["paused"] is None


def test_without_the_other_side_it_cannot_tell() -> None:
    process(State.IDLE)
    assert run("sync_status", code=3).startswith("Cannot tell: service gives no answer")
