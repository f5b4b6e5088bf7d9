"""The native way with each process started by itself, so that the consumer can come later than the others."""

import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Self

from tests.e2e.client import Api
from tests.e2e.stacks.native import Servers, rows
from tests.e2e.stacks.processes import ROOT, environment, processes_with, tail
from tests.e2e.waiting import eventually
from tests.servers.process import Port, end, ends_with_us

START_SECONDS = 40
WAITING = "SELECT reason, COUNT(*) FROM outbox_outboxevent GROUP BY reason"


class SeparateProcesses:
    def __init__(self, servers: Servers) -> None:
        self._settings = servers.settings()
        self._ports = {"admin": Port(), "service": Port()}
        self._folder = Path(tempfile.mkdtemp(prefix="lockstep-e2e-"))
        self._log = self._folder / "processes.log"
        self._programs: list[subprocess.Popen[bytes]] = []
        self.admin, self.service = (Api(port.number) for port in self._ports.values())

    def __enter__(self) -> Self:
        try:
            migrations = [self._start(service, "manage.py", "migrate", "-v0") for service in self._ports]
            assert [one.wait(START_SECONDS) for one in migrations] == [0, 0], self.log_tail()
            for service, port in self._ports.items():
                self._start(service, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port.number}")
            self._start("admin", "manage.py", "relay")
            eventually(self._assert_ready, within=START_SECONDS)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            for program in self._programs:
                program.terminate()
            for program in self._programs:
                program.wait(START_SECONDS)
        finally:
            for pid in processes_with("E2E_FOLDER", str(self._folder)):
                end(pid)
            shutil.rmtree(self._folder, ignore_errors=True)

    def start_consumer(self) -> None:
        self._start("service", "consumer.py")

    def waiting(self) -> dict[str, int]:
        return dict(rows(self._settings["ADMIN_DATABASE_URL"], WAITING))

    def log_tail(self) -> str:
        return tail(self._log)

    def _assert_ready(self) -> None:
        self.admin.assert_ready()
        self.service.assert_ready()

    def _start(self, service: str, *arguments: str) -> subprocess.Popen[bytes]:
        settings = {
            "DEBUG": "1",
            "BROKER_URL": self._settings["BROKER_URL"],
            "DATABASE_URL": self._settings[f"{service.upper()}_DATABASE_URL"],
            "E2E_FOLDER": str(self._folder),
        }
        with self._log.open("ab") as log:
            program = subprocess.Popen(
                [*ends_with_us(signal.SIGKILL), sys.executable, *arguments],
                cwd=ROOT / service,
                env=environment(settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        self._programs.append(program)
        return program
