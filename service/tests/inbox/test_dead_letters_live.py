"""Retrying and discarding as processes: beside live events, stopped in between, and on a terminal."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from inbox.models import DeadLetter
from replica.models import Product

from tests import database
from tests.broker import Broker
from tests.events import body
from tests.polling import wait_until
from tests.processes import SERVICE, Process

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
Start = Callable[..., AbstractContextManager[Process]]
LIVE = 1_000_000  # ids of products that no letter is about
LAG_SECONDS = 5  # under 2 s on an idle machine


@pytest.fixture
def dead_letters(tmp_path: Path) -> Start:
    def start(*arguments: str) -> Process:
        log = tmp_path / f"{arguments[0]}.log"
        return Process("manage.py", "dead_letters", *arguments, folder=SERVICE, log=log, DATABASE_URL=database.url())

    return start


def letters(count: int) -> None:
    """Of events that can be applied by now, each about a product of its own."""
    now = timezone.now()
    contents = [body(id=id) for id in range(1, count + 1)]
    DeadLetter.objects.bulk_create(
        (
            DeadLetter(
                body=content, source="test", reason="unknown_type", error="so it was", first_seen_at=now,
                last_seen_at=now, fingerprint=sha256(content).hexdigest(), subject=str(id),
                event_type="lockstep.catalogue.product.updated.v1",
            )
            for id, content in enumerate(contents, 1)
        ),
        batch_size=500,
    )  # fmt: skip


def lag_of_live_event(broker: Broker, id: int) -> float:
    """The seconds from its publishing until the copy has it."""
    began = time.monotonic()
    broker.publish([body(id=id)])
    wait_until(lambda: Product.objects.filter(id=id).exists())
    return time.monotonic() - began


@pytest.mark.parametrize("count", [10_000 if connection.vendor == "sqlite" else 2_000])
def test_thousands_are_retried_while_live_events_go_on_in_time_and_a_stop_in_between_leaves_the_rest(
    broker: Broker, dead_letters: Start, tmp_path: Path, count: int
) -> None:
    letters(count)
    given = {"DATABASE_URL": database.url(), "BROKER_URL": broker.url}
    with Process("consumer.py", folder=SERVICE, log=tmp_path / "consumer.log", **given) as consumer:
        consumer.wait_for("consumer connected")
        with dead_letters("retry", "--all", "--rate", "500") as first:
            wait_until(lambda: DeadLetter.objects.count() < count * 0.9, seconds=60)
            first.send(signal.SIGTERM)
            assert first.wait() == 1, first.output
            left = DeadLetter.objects.count()
            assert 0 < left < count
            assert f"retry: {count - left} applied, {left} left" in first.output
        lags: list[float] = []
        with dead_letters("retry", "--all", "--rate", "1000") as second:
            while not second.has_ended:
                lags.append(lag_of_live_event(broker, LIVE + len(lags)))
            assert second.wait() == 0, second.output[-2000:]
            assert f"retry: {left} applied" in second.output
    assert len(lags) > 5
    assert max(lags) < LAG_SECONDS
    assert not DeadLetter.objects.exists()
    assert Product.objects.count() == count + len(lags)
    assert broker.drain() == []


def test_the_rate_is_kept(dead_letters: Start) -> None:
    letters(20)
    began = time.monotonic()
    with dead_letters("retry", "--all", "--rate", "10") as process:
        assert process.wait() == 0, process.output
    assert time.monotonic() - began >= 1.9


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_discarding_after_the_current_one(dead_letters: Start, number: signal.Signals) -> None:
    letters(50)
    with dead_letters("discard", "--all", "--rate", "5") as process:
        wait_until(lambda: DeadLetter.objects.count() < 50)
        process.send(number)
        assert process.wait() == 1, process.output
    left = DeadLetter.objects.count()
    assert 0 < left < 50
    assert f"discard: {50 - left} discarded, {left} left" in process.output
    assert process.output.count("dead letter discarded") == 50 - left


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["list"], 0), (["show", "4711"], 1), (["retry"], 2), (["retry", "--reason", "none"], 2), (["steal"], 2), ([], 2)],
    ids=str,
)
def test_the_exit_code_says_how_it_went(dead_letters: Start, arguments: list[str], code: int, tmp_path: Path) -> None:
    given = {"DATABASE_URL": database.url()}
    log = tmp_path / "log"
    with Process("manage.py", "dead_letters", *arguments, folder=SERVICE, log=log, **given) as process:
        assert process.wait() == code, process.output
    assert "Traceback" not in process.output


def on_a_terminal(*arguments: str) -> str:
    ours, theirs = pty.openpty()
    environment = os.environ | {"DATABASE_URL": database.url(), "DEBUG": "1", "TERM": "xterm", "COLUMNS": "200"}
    command = [sys.executable, "manage.py", "dead_letters", *arguments]
    with subprocess.Popen(command, cwd=SERVICE, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        written = b""
        while True:
            try:
                written += os.read(ours, 65536)
            except OSError:  # how Linux says that nobody writes any more
                break
        assert process.wait(20) == 0, written
    os.close(ours)
    return written.decode()


def test_on_a_terminal_there_are_tables_and_a_bar_and_nothing_of_a_letter_moves_the_cursor(broker: Broker) -> None:
    letters(2)
    DeadLetter.objects.filter(subject="1").update(event_id="\x1b]0;pwned\x07[bold]")
    listed = on_a_terminal("list")
    assert "┃" in listed
    assert "\\x1b]0;pwned\\x07[bold]" in listed
    one = DeadLetter.objects.get(subject="1").id
    assert "no row of this product" in on_a_terminal("show", str(one))
    retried = on_a_terminal("retry", "--all")
    assert "applied: it is in the copy now" in retried
    assert "100%" in retried
    assert "retry: 2 applied" in re.sub(r"\x1b\[[0-9;]*m", "", retried)
    assert not any(mark in listed + retried for mark in ("\x1b]", "\x07"))
