"""A process's row, its minutes, and what it is told by the database."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from processes import alive, queries, steering
from processes.activity import LAG_BUCKETS, Activity, quantile
from processes.heartbeat import Heartbeat
from processes.models import Minute, Process, State

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def activity(monkeypatch: pytest.MonkeyPatch) -> Activity:
    """One of the test's own: the module's counts for as long as its process lives."""
    mine = Activity()
    monkeypatch.setattr("processes.heartbeat.activity", mine)
    return mine


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every beat is written."""
    monkeypatch.setattr("processes.heartbeat.BEAT_SECONDS", 0.0)


def test_a_beat_is_a_row_that_says_who_lives_and_how_it_is() -> None:
    Heartbeat(role="relay", address="127.0.0.1:9100").beat(State.NO_SOURCE, "the broker is away")
    (row,) = queries.running("relay")
    assert (row["state"], row["said"], row["address"], row["is_fresh"]) == (
        "no_source", "the broker is away", "127.0.0.1:9100", True,
    )  # fmt: skip


def test_a_loop_that_turns_fast_writes_seldom_but_a_change_at_once(django_assert_num_queries: Any) -> None:
    heartbeat = Heartbeat(role="relay")
    heartbeat.beat(State.IDLE)
    with django_assert_num_queries(0):
        for _ in range(100):
            heartbeat.beat(State.IDLE)
    heartbeat.beat(State.WORKING)
    assert Process.objects.get().state == State.WORKING


def test_since_is_of_the_state_and_not_of_the_beat(eager: None) -> None:
    heartbeat = Heartbeat(role="relay")
    heartbeat.beat(State.NO_SOURCE, "refused")
    before = Process.objects.get()
    heartbeat.beat(State.NO_SOURCE, "timed out")
    after = Process.objects.get()
    assert (after.since, after.said) == (before.since, "timed out")
    assert after.beat_at >= before.beat_at


def test_one_that_fell_silent_is_shown_only_where_none_lives(eager: None) -> None:
    Heartbeat(role="consumer").beat(State.IDLE)
    Process.objects.update(beat_at=timezone.now() - timedelta(minutes=5), host="dead")
    assert [(row["host"], row["is_fresh"]) for row in queries.running("consumer")] == [("dead", False)]
    Heartbeat(role="consumer").beat(State.IDLE)
    (living,) = queries.running("consumer")
    assert (living["host"] == "dead", living["is_fresh"]) == (False, True)


def test_one_that_has_stopped_does_not_live() -> None:
    heartbeat = Heartbeat(role="relay")
    heartbeat.beat(State.IDLE)
    heartbeat.stop()
    assert [(row["state"], row["is_fresh"]) for row in queries.running("relay")] == [("stopped", False)]


def test_a_row_that_was_lost_is_made_anew(eager: None) -> None:
    heartbeat = Heartbeat(role="relay")
    heartbeat.beat(State.IDLE)
    Process.objects.all().delete()
    heartbeat.beat(State.IDLE)
    assert Process.objects.get().started_at is not None


def test_the_minute_has_what_was_done_in_it_however_often_it_is_told(eager: None, activity: Activity) -> None:
    heartbeat = Heartbeat(role="consumer")
    for _ in range(3):
        activity.through({"applied": 10})
        activity.lags([0.02] * 10)
        heartbeat.beat(State.WORKING)
    (minute,) = queries.minutes("consumer", span=15)
    assert minute["counts"] == {"applied": 30}
    assert 0.01 <= minute["lag"]["median"] <= 0.025
    assert Process.objects.get().last_event_at is not None


def test_a_new_minute_begins_at_nothing(eager: None, activity: Activity, monkeypatch: pytest.MonkeyPatch) -> None:
    heartbeat = Heartbeat(role="consumer")
    activity.through({"applied": 5})
    later = timezone.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    monkeypatch.setattr("processes.heartbeat._this_minute", lambda: later)
    heartbeat.beat(State.WORKING)  # the old minute's last word
    activity.through({"applied": 2})
    heartbeat.beat(State.WORKING)
    assert [minute.counts for minute in Minute.objects.order_by("at")] == [{"applied": 5}, {"applied": 2}]


def test_a_day_is_shown_by_ten_minutes(eager: None, activity: Activity) -> None:
    Heartbeat(role="relay").beat(State.IDLE)
    process = Process.objects.get()
    start = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    for minute in range(20):
        Minute.objects.create(
            process=process, at=start + timedelta(minutes=minute), counts={"published": 1}, lag=[0] * 15
        )
    assert [found["counts"] for found in queries.minutes("relay", span=24 * 60)] == [{"published": 10}] * 2


def test_yesterdays_rows_are_pruned(eager: None) -> None:
    Heartbeat(role="relay").beat(State.IDLE)
    Process.objects.update(beat_at=timezone.now() - timedelta(hours=26))
    Heartbeat(role="relay").beat(State.IDLE)
    assert Process.objects.count() == 1


def test_a_pause_is_seen_with_the_next_beat_and_its_end_too(eager: None) -> None:
    heartbeat = Heartbeat(role="relay")
    heartbeat.beat(State.IDLE)
    assert steering.pause(role="relay", by="ada", reason="maintenance")
    assert not steering.pause(role="relay", by="bob")
    heartbeat.beat(State.IDLE)
    assert heartbeat.is_paused
    assert (queries.paused("relay") or {})["by"] == "ada"
    assert steering.resume(role="relay")
    assert not steering.resume(role="relay")
    heartbeat.beat(State.PAUSED)
    assert not heartbeat.is_paused


def test_a_pause_is_of_one_role_alone(eager: None) -> None:
    steering.pause(role="consumer", by="ada")
    heartbeat = Heartbeat(role="relay")
    heartbeat.beat(State.IDLE)
    assert not heartbeat.is_paused


def test_a_database_in_trouble_ends_no_loop_and_the_next_beat_is_written(eager: None) -> None:
    heartbeat = Heartbeat(role="relay")
    heartbeat.beat(State.IDLE)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE processes_process RENAME TO elsewhere")
    try:
        heartbeat.beat(State.WORKING)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO processes_process")
    heartbeat.beat(State.WORKING)
    assert Process.objects.get().state == State.WORKING


def test_a_turn_of_the_loop_is_noted_for_the_health_check() -> None:
    turned = threading.Event()

    def look() -> None:
        if alive.seconds_since() < 1:
            turned.set()

    Heartbeat(role="relay").keep()
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert turned.is_set()


@pytest.mark.parametrize(("q", "expected"), [(0.5, 0.0075), (1.0, 0.01)])
def test_a_quantile_lies_within_its_bucket(q: float, expected: float) -> None:
    counts = [0] * (len(LAG_BUCKETS) + 1)
    counts[1] = 8  # above 5 ms, up to 10 ms
    assert quantile(counts, q) == pytest.approx(expected)


def test_without_lags_there_is_no_quantile_and_none_is_below_zero() -> None:
    mine = Activity()
    assert quantile(mine.lag.counts, 0.5) is None
    mine.lags([-3.0])
    assert mine.lag.counts[0] == 1
    assert mine.lag.sum == 0
