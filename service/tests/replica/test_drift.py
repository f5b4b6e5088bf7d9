"""The comparison alone, on two sides in memory: what it finds, and what it leaves unasked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replica import drift
from replica.drift import Difference, Kind, State, compare, look

from tests.replica.sides import Memory, buried, living

EQUAL = State(1, "a")
ids = st.integers(1, 40) | st.sampled_from([2**32, 2**62, 2**63 - 1])
contents = st.builds(State, st.integers(1, 3), st.sampled_from("ab"))
tombstones = st.builds(State, st.integers(1, 3), st.none())


def found(original: Memory, copy: Memory) -> list[Difference]:
    return [difference for _, differences in compare(original, copy) for difference in differences]


def kinds(original: Memory, copy: Memory) -> dict[int, Kind]:
    return {difference.id: difference.kind for difference in found(original, copy)}


def expected(theirs: State | None, ours: State | None) -> Kind | None:
    if theirs is None:
        return Kind.EXTRA if ours and ours.checksum else None
    if ours is None:
        return Kind.MISSING
    if theirs == ours:
        return None
    return {-1: Kind.STALE, 0: Kind.DIFFERENT, 1: Kind.AHEAD}[
        (ours.version > theirs.version) - (ours.version < theirs.version)
    ]


@given(
    st.dictionaries(ids, contents), st.dictionaries(ids, contents | tombstones), st.integers(1, 9), st.integers(1, 4)
)
def test_just_what_differs_is_found_wherever_ranges_end(
    theirs: dict[int, State], ours: dict[int, State], coarse: int, fine: int
) -> None:
    """Between two sides that hold unlike numbers of products, with gaps as large as there can be."""
    want = {id: expected(theirs.get(id), ours.get(id)) for id in theirs.keys() | ours.keys()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drift, "COARSE", coarse)
        patch.setattr(drift, "FINE", fine)
        seen = found(Memory(theirs), Memory(ours))
    assert {one.id: one.kind for one in seen} == {id: kind for id, kind in want.items() if kind}
    assert len(seen) == len({one.id for one in seen})


@pytest.mark.parametrize("id", [1, 256, 257, 4095, 4096, 4097, 8192, 10_000])
@pytest.mark.parametrize(
    ("theirs", "ours", "kind"),
    [
        (EQUAL, None, Kind.MISSING),
        (None, EQUAL, Kind.EXTRA),
        (EQUAL, State(1, "b"), Kind.DIFFERENT),
        (State(3, "a"), State(2, "a"), Kind.STALE),
        (State(2, "a"), State(3, "a"), Kind.AHEAD),
        (EQUAL, State(2, None), Kind.AHEAD),
        (EQUAL, State(1, None), Kind.DIFFERENT),
    ],
)
def test_one_difference_among_ten_thousand_is_found(
    id: int, theirs: State | None, ours: State | None, kind: Kind
) -> None:
    original, copy = (Memory(living(*range(1, 10_001))) for _ in "12")
    for side, state in ((original, theirs), (copy, ours)):
        side.held.pop(id)
        side.held.update({id: state} if state else {})
    versions = (theirs.version if theirs else None, ours.version if ours else None)
    assert found(original, copy) == [Difference(id, kind, *versions)]
    assert original.asked.count("rows") == 1
    assert original.asked.count("digest") <= 3 + 17 + 2


def test_equal_sides_are_compared_by_digests_of_thousands_alone() -> None:
    original, copy = (Memory(living(*range(1, 10_001))) for _ in "12")
    assert [count for count, _ in compare(original, copy)] == [4096, 4096, 1808]
    assert original.asked == copy.asked == ["digest"] * 3


@pytest.mark.parametrize("count", [0, 1, 4096, 5000])
def test_everything_is_missing_in_an_empty_copy_and_extra_beside_an_empty_admin(count: int) -> None:
    full, empty = Memory(living(*range(1, count + 1))), Memory({})
    assert kinds(full, empty) == dict.fromkeys(range(1, count + 1), Kind.MISSING)
    assert kinds(empty, full) == dict.fromkeys(range(1, count + 1), Kind.EXTRA)


def test_thousands_of_extras_between_two_products_are_found() -> None:
    original = Memory(living(1, 10_000, 2**62))
    copy = Memory(original.held | living(*range(2, 9000)))
    assert kinds(original, copy) == dict.fromkeys(range(2, 9000), Kind.EXTRA)


def test_tombstones_are_nobodys_difference_where_admin_has_nothing() -> None:
    original = Memory(living(*range(1, 600, 2)))
    copy = Memory(original.held | buried(*range(2, 600, 2)))
    assert found(original, copy) == []


def test_what_became_equal_since_the_digest_is_not_reported() -> None:
    original, copy = Memory(living(1, 2, version=2)), Memory(living(1, 2))
    copy.on_asked = lambda: copy.held.update(original.held)
    assert found(original, copy) == []


def test_what_comes_between_the_two_looks_makes_the_copy_newer_and_never_older() -> None:
    """Admin is asked first: the other way round a product that is only busy would look stale."""
    original, copy = Memory(living(1)), Memory(living(1))

    def change() -> None:
        for side in (original, copy):
            side.held[1] = State(side.held[1].version + 1, "b")

    original.on_asked = copy.on_asked = change
    assert {one.kind for one in look(original, copy, [1]).values()} == {Kind.AHEAD}
