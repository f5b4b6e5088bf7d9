"""Real processes, black boxes but for their command line, environment, output and exit code."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.polling import wait_until

SERVICE = Path(__file__).resolve().parents[1]
ROOT = SERVICE.parent
GRACE_SECONDS = 20
# What this suite itself is run with is not for the processes that it starts.
OURS = ("DATABASE_URL", "BROKER_URL", "ADMIN_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", "ALLOWED_HOSTS")


class Process:
    def __init__(self, *command: str, folder: Path, log: Path, **environment: str) -> None:
        inherited = {k: v for k, v in os.environ.items() if k not in OURS and not k.startswith(("INBOX_", "OTEL_"))}
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, *command],
                cwd=folder,
                env=inherited | {"DEBUG": "1", "PYTHONUNBUFFERED": "1"} | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    @property
    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def wait_for(self, text: str) -> None:
        """Until it has written `text`; fails when it ends before."""
        wait_until(lambda: text in self.output or self.has_ended, seconds=GRACE_SECONDS)
        assert text in self.output, self.output

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def wait(self) -> int:
        """Its exit code."""
        return self._process.wait(GRACE_SECONDS)

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def stop(self) -> None:
        """It and what it started, without asking."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(GRACE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()
