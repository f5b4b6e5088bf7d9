"""SIGTERM and SIGINT: the first one asks for an end after the step under way, the second one is the end."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextlib.contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Calls `stop` at the first signal and ends the process at the second; what was in flight comes again.

    Python runs a handler only between two steps of the main thread, which may wait long for the database. The
    second signal is therefore seen by a thread, through the descriptor that Python writes each signal to at once.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = {number: signal.signal(number, lambda *_: stop()) for number in SIGNALS}
    wakeup = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    watch = threading.Thread(target=_end_at_the_second, args=[reader], daemon=True)
    watch.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(writer)
        watch.join()
        os.close(reader)


def _end_at_the_second(reader: int) -> None:
    seen = b""
    while len(seen) < 2 and (more := os.read(reader, 2)):
        seen += bytes(number for number in more if number in SIGNALS)
    if len(seen) >= 2:
        os._exit(128 + seen[1])
