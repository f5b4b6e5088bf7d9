"""Whether this process still turns its loop: noted in memory at each turn, asked by its HTTP server's thread."""

import time

STUCK_SECONDS = 60.0  # longer than any step that is not stuck: it says a word while it waits for broker or database

_at = time.monotonic()


def note() -> None:
    global _at
    _at = time.monotonic()


def seconds_since() -> float:
    return time.monotonic() - _at
