"""Tells drift from what is merely on its way: a suspect is looked at again until nothing is left that could mend it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from replica.drift import Difference, Kind, Side, look

LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Settled:
    """`drift` stays so by itself; `on_their_way` still differed when the time was over, and may yet arrive."""

    drift: list[Difference]
    on_their_way: list[Difference]


def settle(
    suspects: Mapping[int, Difference],
    *,
    original: Side,
    copy: Side,
    has_arrived: Callable[[], bool],
    wait_seconds: float,
    hold_seconds: float,
) -> Settled:
    """`has_arrived`: whether all that admin had recorded when the suspects were found waits nowhere any more. After
    that it may be in a consumer's hand for `hold_seconds`; a consumer that dies with it gives it back.
    """
    deadline = time.monotonic() + wait_seconds
    arrived_at: float | None = None
    first = dict(suspects)
    while True:
        began = time.monotonic()
        # Not asked while it may be in a consumer's hand: each time costs a connection to the broker.
        is_asked = arrived_at is None or began >= arrived_at + hold_seconds
        is_there = is_asked and has_arrived()
        if is_there and arrived_at is None:
            arrived_at = time.monotonic()
            deadline = max(deadline, arrived_at + hold_seconds + LOOK_SECONDS)
        now = {id: seen for id, seen in look(original, copy, list(first)).items() if stands_still(first[id], seen)}
        first = {id: first[id] for id in now}
        is_settled = is_there and arrived_at is not None and began >= arrived_at + hold_seconds
        if not now or is_settled:
            return Settled(drift=list(now.values()), on_their_way=[])
        if began > deadline:
            return Settled(drift=[], on_their_way=list(now.values()))
        time.sleep(LOOK_SECONDS)


def stands_still(first: Difference, now: Difference) -> bool:
    """Whether nothing has come for this product since the first look: one that others keep changing is behind for ever,
    by another change each time, and no drift.
    """
    if now.kind is not first.kind:
        return False
    match first.kind:
        case Kind.MISSING | Kind.STALE:
            return (now.copy_version or 0) < (first.admin_version or 0)
        case Kind.AHEAD:
            return (now.admin_version or 0) < (first.copy_version or 0)
        case Kind.DIFFERENT:
            return now.copy_version == first.copy_version
        case Kind.EXTRA:
            return True
