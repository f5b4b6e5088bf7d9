"""What all servers have in common: a URL, a life, and data that outlives each stop."""

import atexit
import contextlib
import os
import secrets
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from tests.servers.folder import Folder
from tests.servers.process import Port, Process, ServerError, end, wait_until

LOG_LINES = 25


class Server(ABC):
    """A server for tests: started and stopped as often as a test needs, with the same URL and data each time."""

    title: ClassVar[str]
    start_seconds: ClassVar[float] = 60  # a busy machine with two cores is slow, not broken
    url: str
    refusal: str = ""  # why it did not answer the last time it was asked

    def start(self) -> None:
        self.launch()
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until it answers; fail at once when it has died."""
        if not wait_until(lambda: not self.is_running or self.answers(), seconds=self.start_seconds):
            raise self.error(f"did not answer within {self.start_seconds:.0f} s ({self.refusal})")
        if not self.is_running:
            raise self.error("ended while starting")

    def error(self, what: str) -> ServerError:
        return ServerError(f"{self.title} {what}. The last lines of its log:\n{self.log_tail()}")

    @abstractmethod
    def launch(self) -> None:
        """Start it and do not wait, so that several can start side by side."""

    @abstractmethod
    def answers(self) -> bool:
        """Does it serve clients?"""

    @property
    @abstractmethod
    def is_running(self) -> bool: ...

    @abstractmethod
    def stop(self) -> None:
        """End it in the orderly way."""

    @abstractmethod
    def kill(self) -> None:
        """End it as a crash would: SIGKILL."""

    @abstractmethod
    def close(self) -> None:
        """End it for good and remove what it kept."""

    def processes(self) -> set[int]:
        """The pids of all that lives of this server, as far as they can be known."""
        return set()

    def pause(self) -> None:
        """From then on it neither answers nor hangs up."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for pid in self.processes():
            end(pid, number)

    @abstractmethod
    def log_tail(self) -> str: ...

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class NativeServer(Server):
    """A server made of programs of this machine, in a folder of its own."""

    def __init__(self, folder: Path | None = None) -> None:
        self._owner = os.getpid()
        self._folder = Folder(folder)
        self.folder = self._folder.path
        self.password = secrets.token_hex(8)
        self._log = self.folder / "server.log"
        self._program: Process | None = None
        self._ports: list[Port] = []
        atexit.register(self.close)

    def reserve_port(self) -> int:
        self._ports.append(Port())
        return self._ports[-1].number

    @property
    def is_running(self) -> bool:
        return self._program is not None and self._program.is_running

    def processes(self) -> set[int]:
        return self._program.members() if self._program else set()

    def stop(self) -> None:
        if self._program is not None:
            self._program.stop()

    def kill(self) -> None:
        if self._program is not None:
            self._program.kill()

    def close(self) -> None:
        atexit.unregister(self.close)
        if os.getpid() != self._owner:
            return  # a fork of the process that owns it
        self.kill()
        self._folder.remove()
        for port in self._ports:
            port.release()

    def log_tail(self) -> str:
        with contextlib.suppress(OSError):
            return "\n".join(self._log.read_text(errors="replace").splitlines()[-LOG_LINES:])
        return "(no log)"


def start_all(servers: Iterable[Server]) -> dict[str, float]:
    """Start servers side by side; the seconds after which each was seen to answer.

    Without threads: the kernel ends a server together with the thread that started it.
    """
    began = time.monotonic()
    took = {}
    waiting = list(servers)
    for server in waiting:
        server.launch()
    for server in reversed(waiting):  # the last one launched had the shortest time so far
        server.wait_ready()
        took[server.title] = time.monotonic() - began
    return took
