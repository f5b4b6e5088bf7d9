"""A side of the comparison that lives in memory, and can be changed at any moment."""

from collections.abc import Callable, Mapping, Sequence

from replica.digests import Digest, Row
from replica.drift import State


class Memory:
    """`on_asked` is called before each answer of `states`."""

    def __init__(self, states: Mapping[int, State]) -> None:
        self.held = dict(states)
        self.asked: list[str] = []
        self.on_asked: Callable[[], object] = lambda: None

    def digest(self, *, after: int, to: int | None, limit: int) -> Digest:
        self.asked.append("digest")
        rows = self._living(after, to)[:limit]
        to = rows[-1].id if len(rows) == limit else to
        return Digest(after=after, to=to, count=len(rows), checksum=str(hash(tuple(rows))))

    def rows(self, *, after: int, to: int | None) -> list[Row]:
        self.asked.append("rows")
        return self._living(after, to)[:500]

    def states(self, ids: Sequence[int]) -> dict[int, State]:
        self.asked.append("states")
        self.on_asked()
        return {id: self.held[id] for id in ids if id in self.held}

    def _living(self, after: int, to: int | None) -> list[Row]:
        return [
            Row(id, state.version, state.checksum)
            for id, state in sorted(self.held.items())
            if after < id and (to is None or id <= to) and state.checksum is not None
        ]


def living(*ids: int, version: int = 1, checksum: str = "a") -> dict[int, State]:
    return dict.fromkeys(ids, State(version, checksum))


def buried(*ids: int, version: int = 2) -> dict[int, State]:
    return dict.fromkeys(ids, State(version, None))
