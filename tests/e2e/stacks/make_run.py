"""`make run` in a folder of its own, on free ports. Without settings that is the embedded way."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.e2e.client import Api
from tests.e2e.stacks.processes import ROOT, environment, processes_with, tail
from tests.e2e.waiting import eventually
from tests.jobs.shops import Shops
from tests.servers.process import Port, end, ends_with_us, live_processes

PROGRAM = (sys.executable, str(ROOT / "dev/run.py"))
READY_SECONDS = 40
STOP_SECONDS = 20
DO_SECONDS = 60
# The shops that are imported from are on this machine, and need no rest between two requests.
IMPORTS = {"IMPORTS_PRIVATE_NETWORKS": "127.0.0.0/8", "IMPORTS_DELAY_SECONDS": "0"}


class MakeRun:
    """Reaches its processes through their pid files; knows all of them by the VAR_DIR in their environment."""

    def __init__(self, settings: Mapping[str, str] | None = None, *, command: Sequence[str] = PROGRAM) -> None:
        self._command = command
        self._ports = {"ADMIN_PORT": Port(), "SERVICE_PORT": Port()}
        self._folder = Path(tempfile.mkdtemp(prefix="lockstep-e2e-"))
        self._log = self._folder / "run.log"
        self._program: subprocess.Popen[bytes] | None = None
        self._shops: Shops | None = None
        ports = {name: str(port.number) for name, port in self._ports.items()}
        self.settings = {"VAR_DIR": str(self._folder / "var"), **ports, **IMPORTS, **(settings or {})}
        self.admin = Api(int(self.settings["ADMIN_PORT"]))
        self.service = Api(int(self.settings["SERVICE_PORT"]))

    def __enter__(self) -> Self:
        try:
            self.launch()
            self.wait_ready()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def launch(self) -> None:
        with self._log.open("ab") as log:
            self._program = subprocess.Popen(
                # When the tests are killed so is run.py, and keep.py then ends everything else.
                [*ends_with_us(signal.SIGKILL), *self._command],
                cwd=ROOT,
                env=environment(self.settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    def wait_ready(self) -> None:
        def ready() -> None:
            if self.exit_code() is None:
                self.admin.assert_ready()
                self.service.assert_ready()

        try:
            eventually(ready, within=READY_SECONDS)
        except AssertionError as error:
            raise RuntimeError(f"make run is not ready: {error}\n{self.log_tail()}") from error
        if self.exit_code() is not None:
            raise RuntimeError(f"make run ended with code {self.exit_code()}:\n{self.log_tail()}")

    def exit_code(self) -> int | None:
        assert self._program is not None
        return self._program.poll()

    def wait(self, *, within: float) -> int:
        """The exit code."""
        assert self._program is not None
        return self._program.wait(within)

    def signal(self, number: signal.Signals, *, to_group: bool = False) -> None:
        """To run.py alone, or as Ctrl-C does it: to all that the terminal has in the foreground."""
        assert self._program is not None
        if to_group:
            os.killpg(self._program.pid, number)
        else:
            self._program.send_signal(number)

    def pid(self, process: str) -> int:
        return int(self.incarnation(process))

    def incarnation(self, process: str) -> str:
        text = Path(self.settings["VAR_DIR"], "run", f"{process}.pid").read_text()
        assert text.endswith("\n"), "is being written"
        return text

    def children(self, process: str) -> set[int]:
        pid = self.pid(process)
        return {child for child, (parent, _) in live_processes().items() if parent == pid}

    def kill(self, process: str) -> None:
        """Returns when gunicorn's workers have noticed the end of their parent; until then they serve."""
        pid = self.pid(process)
        assert pid in self.processes(), f"{process} ({pid}) does not run"
        children = self.children(process)
        end(pid)

        def children_are_gone() -> None:
            assert not children & live_processes().keys(), f"{process} has left {children}"

        eventually(children_are_gone, within=20)

    def manage(self, service: str, *arguments: str) -> str:
        """What that service's manage.py prints; it must succeed."""
        done = subprocess.run(
            [*PROGRAM, service, *arguments],
            check=True,
            cwd=ROOT,
            env=environment(self.settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            timeout=DO_SECONDS,
        )
        return done.stdout

    def shops(self) -> str:
        """The address of a website of shops, as the worker reaches it."""
        if self._shops is None:
            self._shops = Shops(log=self._folder / "shops.log").__enter__()
        return self._shops.url

    def processes(self) -> set[int]:
        return processes_with("VAR_DIR", self.settings["VAR_DIR"])

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def log_tail(self) -> str:
        return tail(self._log)

    def close(self) -> None:
        """Ends it in the orderly way, then whatever is left the hard way."""
        try:
            if self._program is not None and self.exit_code() is None:
                self.signal(signal.SIGTERM)
                self.wait(within=STOP_SECONDS)
        finally:
            if self._shops is not None:
                self._shops.__exit__()
            for pid in self.processes():
                end(pid)
            if self._program is not None:
                self._program.wait()
            shutil.rmtree(self._folder, ignore_errors=True)
