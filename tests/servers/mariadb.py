"""A private MariaDB."""

import contextlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import MySQLdb  # type: ignore[import-untyped]

from tests.servers import find
from tests.servers.databases import Databases
from tests.servers.process import Process, ServerError
from tests.servers.server import NativeServer

INIT = """\
CREATE USER IF NOT EXISTS 'lockstep'@'%' IDENTIFIED BY '{password}';
GRANT ALL ON *.* TO 'lockstep'@'%' WITH GRANT OPTION;
"""
FOR_TESTS = (
    "--character-set-server=utf8mb4",  # 10.11 would make Django's test databases in latin1
    "--innodb-buffer-pool-size=64M",
    # Not 0: that loses committed rows when the server is killed. 2 loses them only with the machine.
    "--innodb-flush-log-at-trx-commit=2",
)


class MariaDBDatabases(Databases):
    """Any MariaDB, whoever runs it."""

    title = "MariaDB"
    create_statement = "CREATE DATABASE {name} CHARACTER SET utf8mb4"
    drop_statement = "DROP DATABASE IF EXISTS {name}"

    def connect(self, database: str = "") -> Any:
        parts = urlsplit(self.url)
        return MySQLdb.connect(
            host=parts.hostname,
            port=parts.port or 3306,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=database,
            charset="utf8mb4",
            connect_timeout=5,
            read_timeout=30,
        )

    def answers(self) -> bool:
        try:
            self.connect().close()
        except MySQLdb.Error as error:
            self.refusal = str(error)
            return False
        return True

    def execute(self, statement: str) -> None:
        with contextlib.closing(self.connect()) as connection:
            connection.query(statement)


class MariaDB(MariaDBDatabases, NativeServer):
    def __init__(self, folder: Path | None = None, *, options: Sequence[str] = FOR_TESTS) -> None:
        super().__init__(folder)
        self._more = options
        self._port = self.reserve_port()
        self.url = f"mysql://lockstep:{self.password}@127.0.0.1:{self._port}/"
        self._data, self._scratch = self.folder / "data", self.folder / "tmp"
        # MariaDB refuses to run as root unless it is told to; nothing of ours needs another user's rights.
        self._user = ["--user=root"] if os.geteuid() == 0 else []

    def launch(self) -> None:
        server = find.mariadb()
        if server is None:
            raise ServerError("MariaDB is not installed: run python3 tests/servers/install.py")
        if self._program is None:
            self._make_data()
            self._program = Process([server, *self._options()], log=self._log)
        self._program.start()

    def _make_data(self) -> None:
        init = self.folder / "init.sql"
        init.touch(mode=0o600)
        init.write_text(INIT.format(password=self.password))
        self._scratch.mkdir()
        command = [str(find.program("mariadb-install-db")), *self._places(), "--skip-test-db"]
        with self._log.open("ab") as log:
            done = subprocess.run(command, check=False, stdout=log, stderr=log)
        if done.returncode:
            raise self.error("could not make its data folder")

    def _places(self) -> list[str]:
        """A starting MariaDB deletes the temporary tables of every other one with the same folder for them (/tmp)."""
        return ["--no-defaults", *self._user, f"--datadir={self._data}", f"--tmpdir={self._scratch}"]

    def _options(self) -> list[str]:
        return [
            *self._places(),
            f"--port={self._port}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--socket=mariadb.sock",  # in the data folder; a full path may be longer than a socket's can be
            "--pid-file=mariadb.pid",
            f"--init-file={self.folder / 'init.sql'}",
            *self._more,
        ]
