"""Temporary folders that do not pile up, not even when their owner is killed."""

import contextlib
import fcntl
import shutil
import tempfile
from pathlib import Path
from typing import IO

PREFIX = "lockstep-tests-"
LOCK = "owner.lock"


class Folder:
    """A folder to work in: the given one, or a temporary one that is locked while its owner lives.

    Making a temporary one removes those whose owner is dead.
    """

    def __init__(self, given: Path | None = None) -> None:
        self._lock: IO[str] | None = None
        if given is not None:
            self.path = given
            self.path.mkdir(parents=True, exist_ok=True)
            return
        sweep()
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        unlocked = self.path / "owner"
        self._lock = unlocked.open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        unlocked.rename(self.path / LOCK)  # under this name it has never been seen unlocked

    def remove(self) -> None:
        if self._lock is not None:
            shutil.rmtree(self.path, ignore_errors=True)
            self._lock.close()


def sweep() -> None:
    for lock in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{LOCK}"):
        with contextlib.suppress(OSError), lock.open() as file:  # another user's, or still locked
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)
