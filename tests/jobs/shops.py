"""The test website (tests/shops), as a process of its own."""

import sys
from pathlib import Path
from typing import Self

from tests.e2e.stacks.processes import ROOT, environment, tail
from tests.e2e.waiting import eventually
from tests.servers.process import Process

START_SECONDS = 15


class Shops:
    def __init__(self, *, log: Path, host: str = "127.0.0.1") -> None:
        self._log = log
        self._process = Process(
            [sys.executable, str(ROOT / "tests/shops/site.py"), "--host", host, "--port", "0"],
            log=log,
            env=environment({"PYTHONUNBUFFERED": "1"}),
        )
        self.url = ""

    def __enter__(self) -> Self:
        self._process.start()
        self.url = eventually(self._said, within=START_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()

    def _said(self) -> str:
        lines = [line for line in self._log.read_text().splitlines() if line.startswith("http")]
        assert lines, f"the site has said no address:\n{self.log_tail()}"
        return lines[0].strip()

    def log_tail(self) -> str:
        return tail(self._log)
