"""The embedded feed: what a pull answers, acknowledges and deletes. Over HTTP, test_views.py tests it."""

import json
import threading
import time
from typing import Any

import pytest
from catalogue.models import Product
from django.db import connections, transaction
from outbox import batches, feed, wakeup
from outbox.feed import PositionGone
from outbox.models import OutboxEvent, Subscription

from tests.support import eventually, together

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("embedded")]


def products(*titles: str) -> list[int]:
    """Creates them; answers the positions of their events."""
    before = set(positions())
    for title in titles:
        Product.objects.create(title=title)
    return [position for position in positions() if position not in before]


def positions() -> list[int]:
    return list(OutboxEvent.objects.order_by("id").values_list("id", flat=True))


def pull(
    position: int = 0, *, name: str = "service", limit: int = 500, wait_seconds: float = 0
) -> tuple[int, list[str]]:
    """The new position, and the titles of the products whose events came."""
    new, events = feed.pull(name=name, position=position, wait_seconds=wait_seconds, limit=limit)
    return new, [json.loads(event)["data"]["title"] for event in events]


def test_events_come_in_the_order_of_their_commits() -> None:
    ids = products("a", "b", "c")
    assert pull() == (ids[-1], ["a", "b", "c"])


def test_a_pull_alone_acknowledges_nothing() -> None:
    ids = products("a", "b")
    assert pull() == pull() == (ids[-1], ["a", "b"])
    assert positions() == ids


def test_coming_back_with_a_position_acknowledges_and_deletes_what_it_has_passed() -> None:
    _, b, c = products("a", "b", "c")
    pull()
    assert pull(b) == (c, ["c"])
    assert positions() == [c]
    assert pull(c) == (c, [])
    assert positions() == []
    assert Subscription.objects.get().position == c
    assert str(Subscription.objects.get()) == f"service at {c}"


def test_an_answer_that_got_lost_comes_again() -> None:
    a, b = products("a", "b")
    pull()
    pull(a)
    products("c")
    assert pull(a)[1] == ["b", "c"]
    assert b in positions()


def test_what_one_of_two_subscribers_has_not_passed_is_kept() -> None:
    a, b = products("a", "b")
    pull(name="one")
    pull(name="two")
    assert pull(b, name="one") == (b, [])
    assert positions() == [a, b]
    assert pull(a, name="two") == (b, ["b"])
    assert positions() == [b]
    pull(b, name="two")
    assert positions() == []


def test_a_subscriber_that_comes_later_is_told_when_events_are_gone() -> None:
    (a,) = products("a")
    pull(name="one")
    pull(a, name="one")
    with pytest.raises(PositionGone, match="after position 0 are gone"):
        pull(0, name="two")
    assert not Subscription.objects.filter(name="two").exists()


@pytest.mark.parametrize("ahead", [1, 10**6, 2**63 - 1])
def test_a_position_that_is_not_reached_yet_is_gone(ahead: int) -> None:
    """The subscriber's copy is of another feed, or newer than an admin that was restored."""
    (a,) = products("a")
    pull()
    with pytest.raises(PositionGone):
        pull(min(a + ahead, 2**63 - 1))
    assert positions() == [a]


def test_a_position_behind_what_is_acknowledged_is_gone() -> None:
    a, b = products("a", "b")
    pull()
    pull(b)
    with pytest.raises(PositionGone):
        pull(a)
    assert pull(b) == (b, [])


def test_a_stranger_s_position_is_gone_even_if_it_could_be_reached() -> None:
    (a,) = products("a")
    with pytest.raises(PositionGone):
        pull(a, name="stranger")
    assert positions() == [a]


def test_a_position_never_moves_back() -> None:
    a, b = products("a", "b")
    for name in ("one", "two"):
        pull(name=name)
    pull(b, name="one")
    pull(a, name="one")  # reachable, since the other one holds it
    assert Subscription.objects.get(name="one").position == b


def test_an_empty_feed_answers_the_same_position_at_once() -> None:
    assert pull(0, wait_seconds=0) == (0, [])


def test_a_pull_is_bounded_by_its_limit_and_by_the_knob(conf: Any) -> None:
    a, b, _ = products("a", "b", "c")
    assert pull(limit=2) == (b, ["a", "b"])
    conf(batch=1)
    assert pull(limit=2) == pull(limit=500) == (a, ["a"])


def test_a_pull_is_bounded_by_bytes_but_never_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    _, b, c = products("a", "b", "c")
    size = len(OutboxEvent.objects.earliest("id").payload)
    monkeypatch.setattr(batches, "MAX_BYTES", 2 * size)
    assert pull() == (b, ["a", "b"])
    monkeypatch.setattr(batches, "MAX_BYTES", 1)
    assert pull(b) == (c, ["c"])


def test_a_rolled_back_event_leaves_no_hole_that_is_waited_for() -> None:
    products("a")
    with transaction.atomic():
        products("lost")
        transaction.set_rollback(True)
    products("c")
    assert pull()[1] == ["a", "c"]


def test_a_pull_costs_few_statements(django_assert_max_num_queries: Any) -> None:
    *_, last = products(*"abcde")
    pull()
    with django_assert_max_num_queries(14):  # three of them are savepoints
        pull(last)


@pytest.mark.django_db(transaction=True)
def test_a_pull_that_waits_is_answered_at_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "LOOK_SECONDS", 60)
    answers: list[Any] = []

    def wait() -> None:
        answers.append(pull(wait_seconds=60))
        connections.close_all()

    waiting = threading.Thread(target=wait)
    waiting.start()
    eventually(lambda: wakeup._written._waiters)  # type: ignore[attr-defined]
    committed_at = time.monotonic()
    (a,) = products("a")
    waiting.join(10)
    assert answers == [(a, ["a"])]
    assert time.monotonic() - committed_at < 5


@pytest.mark.django_db(transaction=True)
def test_a_commit_in_another_process_is_seen_by_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakeup, "_written", threading.Condition())
    monkeypatch.setattr("outbox.writer.wake", lambda: None)
    answered, written = together(lambda: pull(wait_seconds=30), lambda: products("a"))
    assert answered.result() == (written.result()[0], ["a"])


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_pull_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite it would lock out every writer."""
    open_ones: list[bool] = []

    def look(*, seconds: float) -> None:
        open_ones.append(transaction.get_connection().in_atomic_block)
        products("a")

    monkeypatch.setattr(wakeup, "wait_for_write", look)
    assert pull(wait_seconds=5)[1] == ["a"]
    assert open_ones == [False]


def test_a_wait_without_an_event_ends_in_time() -> None:
    began = time.monotonic()
    assert pull(wait_seconds=0.1) == (0, [])
    assert 0.1 <= time.monotonic() - began < 5
