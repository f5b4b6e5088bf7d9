"""What is drift and what is on its way, told apart by a clock of the test's own."""

from collections.abc import Callable

import pytest
from replica import settle as module
from replica.drift import Difference, Kind, State, look
from replica.settle import Settled, settle, stands_still

from tests.replica.sides import Memory, living


class Clock:
    """Stands but for `sleep`, before which things happen."""

    def __init__(self) -> None:
        self.now = 0.0
        self.on_sleep: Callable[[], object] = lambda: None

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.on_sleep()
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def settled(
    original: Memory, copy: Memory, *, has_arrived: Callable[[], bool] = lambda: True, wait_seconds: float = 30
) -> Settled:
    suspects = look(original, copy, sorted(original.held | copy.held))
    return settle(
        suspects,
        original=original,
        copy=copy,
        has_arrived=has_arrived,
        wait_seconds=wait_seconds,
        hold_seconds=HOLD_SECONDS,
    )


HOLD_SECONDS = 3.0
NONE = Settled(drift=[], on_their_way=[])
MISSING = Difference(1, Kind.MISSING, 1, None)


def test_what_differs_when_all_has_arrived_is_drift_but_not_before_a_consumer_had_its_time(clock: Clock) -> None:
    assert settled(Memory(living(1)), Memory({})) == Settled(drift=[MISSING], on_their_way=[])
    assert HOLD_SECONDS <= clock.now < HOLD_SECONDS + 2


def test_what_a_consumer_had_in_hand_is_no_drift(clock: Clock) -> None:
    original, copy = Memory(living(1)), Memory({})
    clock.on_sleep = lambda: clock.now > 2 and copy.held.update(original.held)
    assert settled(original, copy) == NONE


def test_what_has_not_arrived_in_time_is_on_its_way(clock: Clock) -> None:
    assert settled(Memory(living(1)), Memory({}), has_arrived=lambda: False, wait_seconds=7) == Settled(
        drift=[], on_their_way=[MISSING]
    )
    assert 7 <= clock.now < 9


def test_without_a_wait_it_looks_once(clock: Clock) -> None:
    original = Memory(living(1))
    assert settled(original, Memory({}), has_arrived=lambda: False, wait_seconds=0).on_their_way == [MISSING]
    assert clock.now < 1


def test_the_time_of_the_consumer_begins_when_the_last_has_left_the_queue(clock: Clock) -> None:
    assert settled(Memory(living(1)), Memory({}), has_arrived=lambda: clock.now > 10).drift == [MISSING]
    assert 13 <= clock.now < 15


def test_what_arrives_late_is_no_drift_and_nothing_is_waited_for_afterwards(clock: Clock) -> None:
    original, copy = Memory(living(1)), Memory({})
    clock.on_sleep = lambda: clock.now > 20 and copy.held.update(original.held)
    assert settled(original, copy, has_arrived=lambda: False) == NONE
    assert clock.now < 22


def test_a_product_that_changes_all_the_time_is_no_drift(clock: Clock) -> None:
    """Behind at each look, by another change each time."""
    original, copy = Memory(living(1, version=2)), Memory(living(1, version=1))

    def change() -> None:
        copy.held[1] = original.held[1]
        original.held[1] = State(original.held[1].version + 1, "a")

    clock.on_sleep = change
    assert settled(original, copy) == NONE
    assert original.held[1] != copy.held[1]


def test_a_product_that_changes_on_admin_alone_is_drift(clock: Clock) -> None:
    original, copy = Memory(living(1, version=2)), Memory(living(1, version=1))
    clock.on_sleep = lambda: original.held.update({1: State(original.held[1].version + 1, "a")})
    (drift,) = settled(original, copy).drift
    assert (drift.kind, drift.copy_version) == (Kind.STALE, 1)


def test_one_that_settles_does_not_hide_one_that_does_not(clock: Clock) -> None:
    original, copy = Memory(living(1, 2)), Memory({})
    clock.on_sleep = lambda: copy.held.update(living(2))
    assert settled(original, copy).drift == [MISSING]


STALE, AHEAD, DIFFERENT, EXTRA = Kind.STALE, Kind.AHEAD, Kind.DIFFERENT, Kind.EXTRA


@pytest.mark.parametrize(
    ("first", "now", "stands"),
    [
        ((Kind.MISSING, 3, None), (Kind.MISSING, 3, None), True),
        ((Kind.MISSING, 3, None), (Kind.MISSING, 9, None), True),
        ((Kind.MISSING, 3, None), (STALE, 4, 3), False),
        ((STALE, 5, 1), (STALE, 5, 1), True),
        ((STALE, 5, 1), (STALE, 9, 4), True),
        ((STALE, 5, 1), (STALE, 9, 5), False),
        ((STALE, 5, 1), (DIFFERENT, 5, 5), False),
        ((AHEAD, 1, 5), (AHEAD, 1, 5), True),
        ((AHEAD, 1, 5), (AHEAD, 4, 6), True),
        ((AHEAD, 1, 5), (AHEAD, 5, 6), False),
        ((DIFFERENT, 5, 5), (DIFFERENT, 5, 5), True),
        ((DIFFERENT, 5, 5), (DIFFERENT, 6, 6), False),
        ((DIFFERENT, 5, 5), (STALE, 6, 5), False),
        ((EXTRA, None, 5), (EXTRA, None, 5), True),
        ((EXTRA, None, 5), (AHEAD, 4, 5), False),
    ],
)
def test_whether_anything_has_come_since_the_first_look(
    first: tuple[Kind, int | None, int | None], now: tuple[Kind, int | None, int | None], stands: bool
) -> None:
    assert stands_still(Difference(1, *first), Difference(1, *now)) is stands
