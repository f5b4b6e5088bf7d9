"""Follows the live events of this side's processes, several at once: one thread each, one queue for all lines."""

import contextlib
import http.client
import json
import queue
import threading
from collections.abc import Iterator
from typing import Any

from config import sync
from config.printable import printable
from processes import queries

LOOK_SECONDS = 2.0  # after which a process that began, or came back, is followed too
SILENCE_SECONDS = 15.0  # a process says at least an empty line every five
LONGEST_LINE = 64 * 1024
Line = dict[str, Any]


def addresses() -> set[str]:
    """Of the processes that run and serve their events."""
    return {process["address"] for process in queries.running(sync.ROLE) if process["is_fresh"] and process["address"]}


class Tail:
    """A context: within it `follow` attaches to addresses, and `take` gives their lines as they come."""

    def __init__(self) -> None:
        self._lines: queue.Queue[Line] = queue.Queue()
        self._followed: dict[str, threading.Thread] = {}
        self._ended = threading.Event()

    def __enter__(self) -> "Tail":
        return self

    def __exit__(self, *_: object) -> None:
        """Threads end by themselves, at the latest with the process: nothing waits for them."""
        self._ended.set()

    def follow(self, found: set[str]) -> None:
        """Anew too where one has hung up, as a process does that ends."""
        for address in found:
            known = self._followed.get(address)
            if known is None or not known.is_alive():
                thread = threading.Thread(target=self._read, args=[address], daemon=True)
                self._followed[address] = thread
                thread.start()

    def take(self, *, seconds: float) -> Line | None:
        try:
            return self._lines.get(timeout=seconds)
        except queue.Empty:
            return None

    def _read(self, address: str) -> None:
        # It restarts, or is out of reach from here: it is tried again as long as its row says that it lives.
        with contextlib.suppress(OSError, http.client.HTTPException):
            for line in _stream(address):
                if self._ended.is_set():
                    return
                self._lines.put(line)


def _stream(address: str) -> Iterator[Line]:
    host, _, port = address.rpartition(":")
    connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=SILENCE_SECONDS)
    try:
        connection.request("GET", "/events")
        answer = connection.getresponse()
        while raw := answer.readline(LONGEST_LINE):
            if raw.strip() and isinstance(line := _read(raw), dict):
                yield line
    finally:
        connection.close()


def _read(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def cells(line: Line) -> list[str]:
    """Time, outcome, event, product, version, lag, trace, and why where something is wrong."""
    kind = ".".join(_text(line, "type").split(".")[-3:-1]) or _text(line, "type") or "-"
    why = ": ".join(filter(None, [_text(line, "reason"), _text(line, "error")]))
    product, version = _text(line, "product"), _text(line, "version")
    return [
        _text(line, "at")[11:23],
        _text(line, "outcome"),
        kind,
        f"product {product}" if product else "-",
        f"v{version}" if version else "-",
        _lag(line.get("lag_seconds")),
        _text(line, "trace_id") or "-",
        *([why] if why else []),
    ]


def _text(line: Line, name: str) -> str:
    value = line.get(name)
    return printable(str(value)) if isinstance(value, str | int) else ""


def _lag(value: object) -> str:
    if not isinstance(value, int | float):
        return "-"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"
