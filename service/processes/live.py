"""What happens in this process as it happens, for whoever listens (`manage.py tail`); nobody does, nothing is made."""

import queue
from typing import Any

LONGEST = 5_000  # lines that a slow listener may be behind; later ones are lost to it

_listeners: list["queue.Queue[dict[str, Any]]"] = []


def is_heard() -> bool:
    """Asked once a batch, before any line is made."""
    return bool(_listeners)


def tell(line: dict[str, Any]) -> None:
    for listener in list(_listeners):
        try:
            listener.put_nowait(line)
        except queue.Full:
            continue


class Listener:
    """A context in which `take` gives the lines one by one."""

    def __enter__(self) -> "Listener":
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue(LONGEST)
        _listeners.append(self._lines)
        return self

    def __exit__(self, *_: object) -> None:
        _listeners.remove(self._lines)

    def take(self, *, seconds: float) -> dict[str, Any] | None:
        """The next line, None after `seconds` without one."""
        try:
            return self._lines.get(timeout=seconds)
        except queue.Empty:
            return None
