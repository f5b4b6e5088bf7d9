"""The servers of a bench, with the product's own settings for them, and every process that is measured."""

import contextlib
import itertools
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import MySQLdb

from tests.e2e.stacks.processes import ROOT
from tests.faults.lab.programs import Program
from tests.servers.mariadb import MariaDB
from tests.servers.process import Port, accepts
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.server import start_all

FOLDER = Path(__file__).parent
CONTENDERS = FOLDER / "contenders"
CNF = ROOT / "docker-conf/mariadb/lockstep.cnf"


class Place:
    def __init__(self, *, python: str) -> None:
        """`python` is that of the virtual environment where the contenders are installed."""
        self._contenders_python = python
        self.broker = RabbitMQ()
        self.mariadb = MariaDB(options=mariadb_options())
        self.folder = Path(tempfile.mkdtemp(prefix="lockstep-bench-"))
        self._exits = contextlib.ExitStack()
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        try:
            start_all([self.broker, self.mariadb])
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()
        self.broker.close()
        self.mariadb.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self, database: str) -> Any:
        """Without a timeout: a million rows take their time."""
        parts = urlsplit(self.mariadb.url)
        connection = MySQLdb.connect(
            host=parts.hostname, port=parts.port, user=parts.username, password=parts.password, database=database
        )
        self._exits.callback(connection.close)
        return connection

    def program(self, name: str, command: list[str], *, ready: str = "", **env: str) -> Program:
        """One of ours, or a contender; ready once it has said so."""
        return self._program(name, command, env, ready=ready)

    def web(self, name: str, application: str, chdir: Path, **env: str) -> tuple[Program, str]:
        """Two of gunicorn's sync workers, not started yet, and its URL."""
        port = Port()
        self._exits.callback(port.release)
        command = ["-m", "gunicorn", application, "--workers=2", f"--chdir={chdir}", f"--bind=127.0.0.1:{port.number}"]
        return self._program(name, [*command, "--no-control-socket"], env, port=port.number), (
            f"http://127.0.0.1:{port.number}"
        )

    def run(self, name: str, command: list[str], **env: str) -> None:
        """A command that ends by itself, and well."""
        program = self._program(f"{name}-{next(self._numbers)}", command, env)
        program.start(wait=False)
        assert program.wait_ended(within=300) == 0, program.log_tail()

    def _program(
        self, name: str, command: list[str], env: dict[str, str], *, ready: str = "", port: int = 0
    ) -> Program:
        def assert_ready(program: Program) -> None:
            assert ready in program.said_since_start(), f"{name} has not said {ready!r} yet:\n{program.log_tail()}"
            assert not port or accepts(port), f"{name} does not listen yet"

        python = self._contenders_python if "CONTENDER" in env else sys.executable
        program = Program(
            name, command, log=self.folder / f"{name}.log", env=env, assert_ready=assert_ready, python=python
        )
        self._exits.callback(program.kill)
        return program


def mariadb_options() -> list[str]:
    """What the compose file's databases run with (a commit survives a power cut), as far as this version knows it."""
    lines = (line.partition("#")[0].strip() for line in CNF.read_text().splitlines())
    return [f"--loose-{line.replace(' ', '')}" for line in lines if "=" in line]


@contextlib.contextmanager
def running(program: Program) -> Iterator[Program]:
    program.start()
    try:
        yield program
    finally:
        program.stop()
