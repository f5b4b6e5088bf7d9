"""Waiting until the processes of this side have heard that they are paused, or may go on."""

import time

from config import sync
from processes import queries
from processes.models import State

LOOK_SECONDS = 0.2


def wait(*, for_pause: bool, seconds: float) -> tuple[int, list[str]]:
    """How many processes run, and which of them have not followed within the time, in words."""
    deadline = time.monotonic() + seconds
    while True:
        running = [process for process in queries.running(sync.ROLE) if process["is_fresh"]]
        late = [process for process in running if (process["state"] == State.PAUSED) != for_pause]
        if not late or time.monotonic() > deadline:
            return len(running), [f"{p['host']}/{p['pid']} ({State(p['state']).label.lower()})" for p in late]
        time.sleep(LOOK_SECONDS)
