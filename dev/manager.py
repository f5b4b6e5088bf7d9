"""honcho's manager as `make run` needs it: it ends whenever it is told to, and prints without a buffer."""

import os
import signal
import threading

import honcho.manager
from honcho.manager import Manager

honcho.manager.KILL_WAIT = 15  # seconds; keep.py gives a process ten


class Straight:
    """stdout without a buffer: honcho prints in its signal handler too, maybe in the midst of a print under way."""

    is_closed = False

    def write(self, text: str) -> None:
        """Where the reader has gone (`make run | head`) all ends as by SIGTERM, instead of with nobody to see it."""
        if self.is_closed:
            return
        try:
            os.write(1, text.encode(errors="backslashreplace"))
        except OSError:
            self.is_closed = True
            os.kill(os.getpid(), signal.SIGTERM)

    def flush(self) -> None:
        """Nothing is held back."""

    def isatty(self) -> bool:
        return os.isatty(1)


class PatientManager(Manager):
    """honcho's, which fails on a signal that comes before every process has reported its pid."""

    def terminate(self) -> None:
        if self._all_started():
            super().terminate()
        else:
            again = threading.Timer(0.05, self.terminate)
            again.daemon = True
            again.start()
