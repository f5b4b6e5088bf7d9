"""The native way: the same processes on a real RabbitMQ and a real MariaDB, both private to these tests."""

import contextlib
import functools
import itertools
from collections.abc import Iterator
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import MySQLdb  # type: ignore[import-untyped]

from tests.e2e.stacks import SETTLE
from tests.e2e.stacks.make_run import MakeRun
from tests.servers import pick
from tests.servers.server import start_all


class Servers:
    """Shared by all native stacks; each of them gets a virtual host and databases of its own."""

    def __init__(self) -> None:
        self.broker, self.mariadb = pick.broker(), pick.mariadb()
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        try:
            start_all([self.broker, self.mariadb])
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.broker.close()
        self.mariadb.close()

    def settings(self) -> dict[str, str]:
        """What `make run` needs for an installation that is new and nobody else's."""
        number = next(self._numbers)
        return {
            "BROKER_URL": self.broker.virtual_host(f"stack{number}"),
            "ADMIN_DATABASE_URL": self.mariadb.create_database(f"admin{number}"),
            "SERVICE_DATABASE_URL": self.mariadb.create_database(f"service{number}"),
        }

    @functools.cached_property
    def spare(self) -> dict[str, str]:
        """The installation that further `make run`s have, one after the other."""
        return self.settings()


# Shorter than by default, so that the tests are too. The containers have the defaults.
PATIENCE = {"OUTBOX_LEASE_SECONDS": "3", "OUTBOX_RETRY_MAX_SECONDS": "2", "INBOX_RETRY_MAX_SECONDS": "2"}


class Native(MakeRun):
    def __init__(self, servers: Servers, *, heartbeat: int = 0) -> None:
        """A short heartbeat of the broker's shortens what a drift check waits for."""
        settings = servers.settings() | PATIENCE
        if heartbeat:
            settings["BROKER_URL"] += f"?heartbeat={heartbeat}"
        super().__init__(settings)
        self._broker = servers.broker

    @contextlib.contextmanager
    def broker_down(self, how: str) -> Iterator[None]:
        if how == "kill":
            self._broker.rabbitmqctl("eval", SETTLE)
            self._broker.kill()
        else:
            self._broker.stop()
        try:
            yield
        finally:
            self._broker.start()

    def log_tail(self) -> str:
        return f"{super().log_tail()}\n\n{self._broker.log_tail()}"


def rows(database_url: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What stands in a database, where no HTTP shows it; or a change of it behind everybody's back."""
    parts = urlsplit(database_url)
    connection = MySQLdb.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=parts.path.lstrip("/"),
        charset="utf8mb4",
        connect_timeout=10,
        read_timeout=10,
        autocommit=True,
    )
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
