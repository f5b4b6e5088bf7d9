"""What was measured while testing: it stands in the report file, and at the end of the run."""

from collections.abc import Callable

import pytest

KEY = pytest.StashKey[list[str]]()


class Figures:
    def __init__(self, *, config: pytest.Config, record: Callable[[str, object], None]) -> None:
        self._lines = config.stash.setdefault(KEY, [])
        self._record = record

    def add(self, name: str, value: str) -> None:
        self._record(name, value)
        self._lines.append(f"{name}: {value}")
