"""Admin itself, as a process with a database of its own, spoken to over HTTP alone."""

import json
import re
import shutil
import sqlite3
import urllib.request
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.processes import ROOT, Process

FOLDER = ROOT / "admin"
GUNICORN = ("-m", "gunicorn", "config.wsgi", "--worker-class", "gthread", "--threads", "8", "--no-control-socket")


def migrate(database: Path) -> None:
    manage(database, "migrate", "--noinput", "-v0")


def manage(database: Path, *command: str, **environment: str) -> str:
    """What it printed."""
    with Process(
        "manage.py", *command, folder=FOLDER, log=database.with_suffix(".log"), **at(database), **environment
    ) as process:
        assert process.wait() == 0, process.output
        return process.output


def at(database: Path) -> dict[str, str]:
    return {"DATABASE_URL": f"sqlite:///{database}"}


class Admin:
    """Runs while in its `with` block, and can be stopped and started in between on the same port."""

    def __init__(self, template: Path, folder: Path, **environment: str) -> None:
        self._database = folder / "admin.sqlite3"
        shutil.copy(template, self._database)
        self._backup = folder / "backup.sqlite3"
        self._environment = environment
        self._folder = folder
        self._process: Process | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = (*GUNICORN, "--bind", f"127.0.0.1:{self.port}")
        log = self._folder / "admin.log"
        self._process = Process(*command, folder=FOLDER, log=log, **at(self._database), **self._environment)
        self._process.wait_for("Listening at")
        found = re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", self._process.output)
        assert found, self._process.output
        self.port = int(found[1])

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None

    def clear(self) -> None:
        """As on its first day, and running."""
        for table in ("catalogue_product", "outbox_outboxevent", "outbox_subscription", "sqlite_sequence"):
            self.execute(f"DELETE FROM {table}")
        if self._process is None:
            self.start()

    def relay(self) -> Process:
        """Carries what is in the outbox to the broker for as long as it runs."""
        command, log = ("manage.py", "relay"), self._folder / "relay.log"
        return Process(*command, folder=FOLDER, log=log, **at(self._database), **self._environment)

    def execute(self, statement: str, *values: object) -> list[Any]:
        """SQL past the ORM: it records no event."""
        with closing(sqlite3.connect(self._database, timeout=20)) as connection, connection:
            return connection.execute(statement, values).fetchall()

    def back_up(self) -> None:
        with closing(sqlite3.connect(self._database)) as source, closing(sqlite3.connect(self._backup)) as target:
            source.backup(target)

    def restore(self) -> None:
        """Stops it, takes the older state, and starts it again."""
        self.stop()
        for leftover in ("-wal", "-shm"):
            Path(f"{self._database}{leftover}").unlink(missing_ok=True)
        shutil.copy(self._backup, self._database)
        self.start()

    def make_token(self, scope: str) -> str:
        return manage(self._database, "tokens", "create", "a test", "--scope", scope).split()[0]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    def call(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        body = json.dumps(content).encode() if content else None
        request = urllib.request.Request(f"{self.url}{path}", body, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
        return json.loads(text) if text else {}
