"""Keeps one process of `make run` alive: starts it again when it dies, and ends it when `make run` is gone.

    python keep.py <pid of make run> <pid file> <command…>

Exit code 2 means a configuration that no new start can mend: that ends everything.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

MISCONFIGURED = 2
GRACE_SECONDS = 10
PR_SET_PDEATHSIG = 1
STOPPING = (signal.SIGTERM, signal.SIGINT)


class Stop(Exception):
    """Told to stop, or `make run` is gone."""


def keep(*, parent: int, pid_file: Path, command: list[str]) -> int:
    delay = 0.5
    while True:
        started_at = time.monotonic()
        child = start(command)
        pid_file.write_text(f"{child.pid}\n")
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
            code = watch(child, parent)
        except Stop:
            return end(child)
        if code == MISCONFIGURED:
            return code
        delay = 0.5 if time.monotonic() - started_at > 10 else min(delay * 2, 10)
        print(f"ended with code {code}; starting it again in {delay:g} s", flush=True)
        pause(delay, parent)


def start(command: list[str]) -> subprocess.Popen[bytes]:
    """Leaves the signals blocked: one that came in between would find no child yet, or one that forgets it.

    A group of its own: honcho signals ours as a whole, and a second signal would cut the child's ending short.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    return subprocess.Popen(command, preexec_fn=prepare, process_group=0)


def prepare() -> None:
    """In the child: signals as they were, and on Linux the kernel ends it when this process is killed outright."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def watch(child: subprocess.Popen[bytes], parent: int) -> int:
    while True:
        try:
            return child.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            require_alive(parent)


def end(child: subprocess.Popen[bytes]) -> int:
    child.terminate()
    try:
        child.wait(timeout=GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    return 0


def pause(seconds: float, parent: int) -> None:
    deadline = time.monotonic() + seconds
    try:
        while (left := deadline - time.monotonic()) > 0:
            signal.sigtimedwait([], min(left, 0.5))
            require_alive(parent)
    except Stop:
        sys.exit(0)


def require_alive(parent: int) -> None:
    try:
        os.kill(parent, 0)
    except ProcessLookupError:
        raise Stop from None


def stop(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # a second one must not cut the ending short
    raise Stop


if __name__ == "__main__":
    for number in STOPPING:
        signal.signal(number, stop)
    sys.exit(keep(parent=int(sys.argv[1]), pid_file=Path(sys.argv[2]), command=sys.argv[3:]))
