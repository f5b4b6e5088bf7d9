"""Finds what differs between admin's products and the copy: digests of ranges, going into those that are not equal.

Nothing is locked and nothing stops meanwhile, so what differs at first is only a suspect: settle.py tells what is
merely on its way from what will stay so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import msgspec
from inbox.admin_api import AdminApi

from replica import digests
from replica.digests import Digest, Row
from replica.models import Product

COARSE = 4096  # products of a range whose digest is compared first
FINE = 256  # of one whose rows are compared one by one
IDS = 100  # that admin is asked for at once


class Kind(StrEnum):
    MISSING = "missing"  # admin has it, the copy has not
    EXTRA = "extra"  # the copy has it, admin has not
    STALE = "stale"  # the copy's version is older
    DIFFERENT = "different"  # the same version, other contents
    AHEAD = "ahead"  # the copy's version is newer, as after admin was restored from a backup


@dataclass(frozen=True, slots=True)
class Difference:
    id: int
    kind: Kind
    admin_version: int | None
    copy_version: int | None


@dataclass(frozen=True, slots=True)
class State:
    """What one side says of a product; a tombstone has no checksum."""

    version: int
    checksum: str | None


class Side(Protocol):
    """Admin's products, or the copy."""

    def digest(self, *, after: int, to: int | None, limit: int) -> Digest: ...

    def rows(self, *, after: int, to: int | None) -> list[Row]: ...

    def states(self, ids: Sequence[int]) -> dict[int, State]: ...


class Rows(msgspec.Struct, frozen=True):
    rows: list[Row]


class Original:
    """Raises SourceUnavailable, SourceRefused."""

    def __init__(self, admin: AdminApi) -> None:
        self._admin = admin

    def digest(self, *, after: int, to: int | None, limit: int) -> Digest:
        return self._admin.get(Digest, "/api/products/digest", after=after, to=to, limit=limit)

    def rows(self, *, after: int, to: int | None) -> list[Row]:
        return self._rows(after=after, to=to)

    def states(self, ids: Sequence[int]) -> dict[int, State]:
        possible = [id for id in ids if id > 0]
        rows = [row for some in chunks(possible) for row in self._rows(ids=",".join(map(str, some)))]
        return {row.id: State(row.version, row.checksum) for row in rows}

    def _rows(self, **query: Any) -> list[Row]:
        return self._admin.get(Rows, "/api/products/digest/rows", **query).rows


class Copy:
    def digest(self, *, after: int, to: int | None, limit: int) -> Digest:
        return digests.digest(after=after, to=to, limit=limit)

    def rows(self, *, after: int, to: int | None) -> list[Row]:
        return digests.rows(after=after, to=to, limit=2 * FINE)

    def states(self, ids: Sequence[int]) -> dict[int, State]:
        buried = Product.objects.filter(id__in=ids).exclude(deleted_at=None).values_list("id", "version")
        living = digests.rows_of(ids)
        return {id: State(version, None) for id, version in buried} | {
            row.id: State(row.version, row.checksum) for row in living
        }


def compare(original: Side, copy: Side) -> Iterator[tuple[int, list[Difference]]]:
    """Range by range: how many products admin has in it, and what differs there."""
    after: int | None = 0
    while after is not None:
        theirs, ours = _same_range(original, copy, after=after, to=None, limit=COARSE)
        yield theirs.count, [] if _equal(theirs, ours) else list(_descend(original, copy, after, theirs.to))
        after = theirs.to


def strays() -> dict[int, Difference]:
    """What the copy has under ids that no product can have, where no range reaches: by SQL alone."""
    found = Product.objects.living().filter(id__lte=0).values_list("id", "version")
    return {id: Difference(id, Kind.EXTRA, None, version) for id, version in found}


def _descend(original: Side, copy: Side, after: int, end: int | None) -> Iterator[Difference]:
    while after != end:
        theirs, ours = _same_range(original, copy, after=after, to=end, limit=FINE)
        if not _equal(theirs, ours):
            yield from _differences(original, copy, after, theirs.to)
        if theirs.to is None:
            return
        after = theirs.to


def _same_range(original: Side, copy: Side, *, after: int, to: int | None, limit: int) -> tuple[Digest, Digest]:
    """The digests of both over one range, in which neither has more than `limit` products."""
    theirs = original.digest(after=after, to=to, limit=limit)
    ours = copy.digest(after=after, to=theirs.to, limit=limit)
    if ours.to != theirs.to:
        theirs = original.digest(after=after, to=ours.to, limit=limit)
    return theirs, ours


def _equal(theirs: Digest, ours: Digest) -> bool:
    return (theirs.count, theirs.checksum) == (ours.count, ours.checksum)


def _differences(original: Side, copy: Side, after: int, to: int | None) -> Iterator[Difference]:
    theirs = {row.id: row for row in original.rows(after=after, to=to)}
    ours = {row.id: row for row in copy.rows(after=after, to=to)}
    unequal = [id for id in sorted(theirs.keys() | ours.keys()) if theirs.get(id) != ours.get(id)]
    yield from look(original, copy, unequal).values()


def look(original: Side, copy: Side, ids: Sequence[int]) -> dict[int, Difference]:
    """Which of these products differ right now. Admin is asked first: what happens meanwhile makes the copy newer."""
    theirs = original.states(ids)
    ours = copy.states(ids)
    found = (_difference(id, theirs.get(id), ours.get(id)) for id in ids)
    return {difference.id: difference for difference in found if difference}


def _difference(id: int, theirs: State | None, ours: State | None) -> Difference | None:
    if (kind := _kind(theirs, ours)) is None:
        return None
    return Difference(id, kind, theirs.version if theirs else None, ours.version if ours else None)


def _kind(theirs: State | None, ours: State | None) -> Kind | None:
    if theirs is None:
        return Kind.EXTRA if ours and ours.checksum else None
    if ours is None:
        return Kind.MISSING
    if ours.version != theirs.version:
        return Kind.STALE if ours.version < theirs.version else Kind.AHEAD
    return None if ours.checksum == theirs.checksum else Kind.DIFFERENT


def chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), IDS):
        yield ids[start : start + IDS]
