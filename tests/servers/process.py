"""Programs that we start and must not leave behind, and what is needed to wait for them."""

import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class ServerError(Exception):
    """A server did not do what it was asked; the text ends with the last lines of its log."""


def wait_until(condition: Callable[[], bool], *, seconds: float, interval_seconds: float = 0.05) -> bool:
    """True as soon as the condition holds, False when it did not within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval_seconds)
    return True


class Port:
    """A free port of 127.0.0.1 that stays ours while its server is down, because a socket keeps it bound.

    Such ports are of the range that outgoing connections take theirs from: without this, a client that tries
    again and again can get the port of the very server it waits for. The server binds beside it (SO_REUSEADDR),
    which only Linux allows; elsewhere the port is let go.
    """

    def __init__(self) -> None:
        self._holder = socket.socket()
        self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._holder.bind(("127.0.0.1", 0))
        self.number: int = self._holder.getsockname()[1]
        if sys.platform != "linux":
            self.release()

    def release(self) -> None:
        self._holder.close()


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@functools.cache
def _setpriv() -> str | None:
    path = shutil.which("setpriv") if sys.platform == "linux" else None
    if path is None:
        return None
    tried = subprocess.run([path, "--pdeathsig", "KILL", "true"], check=False, capture_output=True)
    return path if tried.returncode == 0 else None  # some have no such option


def ends_with_us(death_signal: signal.Signals) -> list[str]:
    """A prefix for a command: the kernel signals it when we die, even by kill -9. Linux only; else nothing.

    "We" is the thread that starts it: start servers in a thread that lives as long as they should.
    """
    path = _setpriv()
    return [path, "--pdeathsig", death_signal.name.removeprefix("SIG"), "--"] if path else []


def live_processes() -> dict[int, tuple[int, int]]:
    """pid → (parent, process group) of all processes but zombies; empty where there is no /proc."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent, group = stat.read_text(errors="replace").rpartition(")")[2].split()[:3]
            if state not in "ZX":
                found[int(stat.parent.name)] = (int(parent), int(group))
    return found


def family(leader: int) -> set[int]:
    """The living members of a leader's process group, and all their descendants (some leave the group)."""
    live = live_processes()
    members = {pid for pid, (_, group) in live.items() if group == leader}
    grew = True
    while grew:
        children = {pid for pid, (parent, _) in live.items() if parent in members} - members
        members |= children
        grew = bool(children)
    return members


def end(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def end_family(leader: int) -> set[int]:
    """SIGKILL to a process group and to all that its members started; who that was."""
    members = family(leader)
    for pid in members:
        end(pid)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)  # where there is no /proc
    return members


class Process:
    """One program in its own process group, its output in a log file; it ends when we end."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        death_signal: signal.Signals = signal.SIGKILL,
    ) -> None:
        self._command = command
        self._log = log
        self._env = env
        self._user = user
        self._stop_signal = stop_signal
        self._death_signal = death_signal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Looks without reaping: while the dead leader is kept, its pid cannot become a stranger's."""
        if self._process is None:
            return False
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def exit_code(self) -> int:
        """Of the program that has ended, and is not reaped; negative: by that signal."""
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        assert ended is not None, "it still runs"
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status

    def start(self) -> None:
        if self.is_running:
            return
        self.kill()  # what a dead leader may have left
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*ends_with_us(self._death_signal), *self._command],
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                process_group=0,
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
            )

    def stop(self, *, seconds: float = 30) -> None:
        """Ask it to end; kill what has not ended in time."""
        if self._process is not None and self.is_running:
            end(self._process.pid, self._stop_signal)
            wait_until(lambda: not self.is_running, seconds=seconds, interval_seconds=0.01)
        self.kill()

    def kill(self) -> None:
        """SIGKILL to the program and to all that it started."""
        if self._process is None:
            return
        leader = self._process.pid
        end(leader, signal.SIGSTOP)  # so that it starts nobody while we look
        members = end_family(leader)
        self._process.wait()
        self._process = None
        wait_until(lambda: not members & live_processes().keys(), seconds=10, interval_seconds=0.01)

    def members(self) -> set[int]:
        return family(self._process.pid) if self._process else set()
