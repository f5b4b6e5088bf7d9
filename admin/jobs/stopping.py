"""Whether this worker ends: set in its main process, seen by all that were forked from it."""

from billiard import Value


class Flag:
    """A byte that they share, without a lock: one that is killed while it has the lock would take it away for ever."""

    def __init__(self) -> None:
        self._shared = Value("b", 0, lock=False)

    def set(self) -> None:
        self._shared.value = 1

    def clear(self) -> None:
        self._shared.value = 0

    def is_set(self) -> bool:
        return bool(self._shared.value)


stopping = Flag()
