"""The one place that waits."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(check: Callable[[], T], *, within: float, every: float = 0.05) -> T:
    """What `check` returns as soon as none of its assertions fails; what it said last when the seconds are over.

    An OSError counts as one: whoever is asked may be starting again just now.
    """
    deadline = time.monotonic() + within
    while True:
        try:
            return check()
        except (AssertionError, OSError) as error:
            if time.monotonic() > deadline:
                raise AssertionError(f"still so after {within:g} s: {error or type(error).__name__}") from error
        time.sleep(every)
