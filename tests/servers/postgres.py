"""A private PostgreSQL."""

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import psycopg

from tests.servers import find
from tests.servers.databases import Databases
from tests.servers.process import Process, ServerError
from tests.servers.server import NativeServer


class PostgresDatabases(Databases):
    """Any PostgreSQL, whoever runs it."""

    title = "PostgreSQL"
    create_statement = "CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"
    drop_statement = "DROP DATABASE IF EXISTS {name} WITH (FORCE)"

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(self.url_of(database), autocommit=True, connect_timeout=5)

    def answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.Error as error:
            self.refusal = str(error)
            return False
        return True

    def execute(self, statement: str) -> None:
        with self.connect() as connection:
            connection.execute(statement.encode())


class Postgres(PostgresDatabases, NativeServer):
    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder)
        self._port = self.reserve_port()
        self.url = f"postgres://lockstep:{self.password}@127.0.0.1:{self._port}/"
        self._data = self.folder / "data"
        self._user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root

    def launch(self) -> None:
        programs = find.postgres()
        if programs is None:
            raise ServerError("PostgreSQL is not installed: run python3 tests/servers/install.py")
        if self._program is None:
            self._make_data(programs)
            self._program = Process(
                [programs / "postgres", *self._options()],
                log=self._log,
                user=self._user,
                stop_signal=signal.SIGINT,  # SIGTERM waits for the clients to go
                death_signal=signal.SIGQUIT,  # it takes its children with it
            )
        self._program.start()

    def _make_data(self, programs: Path) -> None:
        secret = self.folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        if self._user:
            self._give_away(self._user, secret)
        options = ["--auth=scram-sha-256", f"--pwfile={secret}", "--username=lockstep", "--encoding=UTF8"]
        with self._log.open("ab") as log:
            done = subprocess.run(
                [str(programs / "initdb"), f"--pgdata={self._data}", "--no-locale", "--no-sync", *options],
                check=False,
                stdout=log,
                stderr=log,
                cwd="/",  # the caller's may be closed to that user
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
            )
        if done.returncode:
            raise self.error("could not make its data folder")

    def _give_away(self, user: str, secret: Path) -> None:
        try:
            pwd.getpwnam(user)
        except KeyError:
            raise ServerError(f"PostgreSQL does not run as root, and there is no user {user!r} to run it") from None
        shutil.chown(self.folder, user)
        shutil.chown(secret, user)

    def _options(self) -> list[str]:
        return [
            "-D",
            str(self._data),
            f"--port={self._port}",
            "--listen-addresses=127.0.0.1",
            "--unix-socket-directories=",
            # The disk may lie, the process may not: what is committed survives a kill, not a power cut.
            "--fsync=off",
            "--full-page-writes=off",
        ]
