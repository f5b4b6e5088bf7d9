"""One process of ours, by itself: started with whatever a test wants, killed, paused, and found whole again."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.e2e.stacks.processes import ROOT, environment, tail
from tests.e2e.waiting import eventually
from tests.servers.process import Process, end, wait_until

FAILING, SHIFTED = ROOT / "tests/faults/failing.py", ROOT / "tests/faults/shifted.py"
START_SECONDS = 60


class Program:
    """Its log goes on over all its lives."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str],
        assert_ready: Callable[["Program"], None],
        python: str = sys.executable,
    ) -> None:
        self.name = name
        self._python = python
        self._command = list(command)
        self._log = log
        self._env = dict(env)
        self._assert_ready = assert_ready
        self._process: Process | None = None
        self._is_plain = True  # started as usual, and not paused since

    def start(self, *, failpoint: str = "", clock: int = 0, wait: bool = True, **env: str) -> None:
        """If wanted, with a failpoint (see failing.py), a clock wrong by so many seconds, or settings of its own."""
        assert not self.is_running, f"{self.name} runs already"
        self._is_plain = not (failpoint or clock or env)
        prefix = [str(FAILING), failpoint] if failpoint else [str(SHIFTED), str(clock)] if clock else []
        self._process = Process(
            [self._python, *prefix, *self._command], log=self._log, env=environment(self._env | env)
        )
        self._began = self._mark = self._size()
        self._process.start()
        if wait:
            self.wait_ready()

    def wait_ready(self) -> None:
        eventually(self._is_ready, within=START_SECONDS)

    def _is_ready(self) -> None:
        assert self.is_running, f"{self.name} has ended:\n{self.log_tail()}"
        self._assert_ready(self)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running

    @property
    def exit_code(self) -> int:
        """Of a process that has ended; negative: by that signal."""
        assert self._process is not None
        return self._process.exit_code

    @property
    def pids(self) -> set[int]:
        return self._process.members() if self._process else set()

    def stop(self, *, seconds: float = 30) -> None:
        """SIGTERM, and SIGKILL when that does not help within the time."""
        if self._process is not None:
            self._process.stop(seconds=seconds)

    def kill(self) -> None:
        """SIGKILL to it and all its children, as when its host is gone."""
        if self._process is not None:
            self._process.kill()

    def restart(self, *, failpoint: str = "", clock: int = 0, **env: str) -> None:
        self.stop()
        self.start(failpoint=failpoint, clock=clock, **env)

    def signal(self, number: signal.Signals) -> None:
        for pid in self.pids:
            end(pid, number)

    def pause(self) -> None:
        self._is_plain = False
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        self.pause()
        try:
            yield
        finally:
            self.resume()

    def wait_ended(self, *, within: float = 60) -> int:
        """Its exit code: it was killed at its failpoint, say."""
        assert wait_until(lambda: not self.is_running, seconds=within), f"{self.name} still runs:\n{self.log_tail()}"
        return self.exit_code

    def wait_says(self, text: str, *, within: float = 60, times: int = 1) -> None:
        def says() -> None:
            found = self.said().count(text)
            assert found >= times, f"{self.name} said {text!r} {found} times, not {times}:\n{self.log_tail()}"

        eventually(says, within=within)

    def said(self) -> str:
        """Since it was started, or since the last `forget`."""
        return self._read(self._mark)

    def said_since_start(self) -> str:
        return self._read(self._began)

    def forget(self) -> None:
        """What it has said so far does not count any more."""
        self._mark = self._size()

    def heal(self) -> None:
        """As usual again: running, not paused, without failpoint and with nobody's settings but the lab's."""
        if self.is_running and self._is_plain:
            return
        self.resume()
        self.stop()
        self.start(wait=False)

    def memory(self) -> int:
        """Bytes that it holds itself (RSS), without its children."""
        assert self._process is not None
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def peak_memory(self) -> int:
        """Bytes, the most that it has held so far."""
        assert self._process is not None
        said = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(said.partition("VmHWM:")[2].split()[0]) * 1024

    def cpu_seconds(self) -> float:
        """That it has used so far, without its children."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def log_tail(self) -> str:
        return tail(self._log)

    def _read(self, position: int) -> str:
        with contextlib.suppress(OSError), self._log.open("rb") as log:
            log.seek(position)
            return log.read().decode(errors="replace")
        return ""

    def _size(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0
