"""What one answer may take, in seconds and bytes. Whoever waits for the other side asks here how long."""

import contextlib
import time
from collections.abc import Callable, Iterator

from jobs.errors import Later

STEP_SECONDS = 0.5  # the longest wait in which nobody asks whether the import is to stop


class Bounds:
    """Starts when it is made."""

    def __init__(self, *, what: str, seconds: float, most_bytes: int, look: Callable[[], None]) -> None:
        self.most_bytes = most_bytes
        self._what, self._seconds, self._look = what, seconds, look
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds, above zero. Raises Later where there are none, and what `look` raises."""
        self._look()
        left = self._until - time.monotonic()
        if left <= 0:
            raise Later(f"{self._what} took longer than {self._seconds:g} s (IMPORTS_FETCH_SECONDS).")
        return left

    def step(self) -> float:
        """Seconds that may be waited until `left` is to be asked again."""
        return min(self.left(), STEP_SECONDS)

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """What we wait out of politeness is no fault of the host."""
        began = time.monotonic()
        yield
        self._until += time.monotonic() - began
