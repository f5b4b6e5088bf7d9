"""The servers of all labs: one broker and two databases, since in life admin's and service's fail apart."""

import contextlib
import itertools
from collections.abc import Iterator
from typing import Self
from urllib.parse import urlsplit

from tests.servers import pick
from tests.servers.databases import Databases
from tests.servers.rabbitmq import Broker
from tests.servers.server import Server, start_all


class Servers:
    def __init__(self, broker: Broker | None = None) -> None:
        self.broker = broker or pick.broker()
        self.admin_database, self.service_database = pick.mariadb(), pick.mariadb()
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        try:
            start_all(self.all)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for server in self.all:
            server.close()

    @property
    def all(self) -> tuple[Server, ...]:
        return self.broker, self.admin_database, self.service_database

    def heal(self) -> None:
        """All of them run again and none is paused."""
        for server in self.all:
            server.resume()
        start_all([server for server in self.all if not server.is_running])

    def settings(self) -> dict[str, str]:
        """For an installation that is new and nobody else's: a virtual host and two databases."""
        number = next(self._numbers)
        return {
            "BROKER_URL": self.broker.virtual_host(f"lab{number}"),
            "ADMIN_DATABASE_URL": _database(self.admin_database, f"admin{number}"),
            "SERVICE_DATABASE_URL": _database(self.service_database, f"service{number}"),
        }


def _database(server: Databases, name: str) -> str:
    """For a user who may do everything with it and nothing else: he keeps to `read_only`."""
    parts = urlsplit(server.create_database(name))
    server.execute(f"CREATE USER '{name}'@'%' IDENTIFIED BY '{parts.password}'")
    server.execute(f"GRANT ALL ON {name}.* TO '{name}'@'%'")
    return parts._replace(netloc=f"{name}:{parts.password}@{parts.hostname}:{parts.port}").geturl()


@contextlib.contextmanager
def paused(server: Server) -> Iterator[None]:
    """Within it the server neither answers nor hangs up."""
    assert server.is_running, f"{server.title} does not run"
    server.pause()
    try:
        yield
    finally:
        server.resume()


@contextlib.contextmanager
def down(server: Server, *, by: str = "stop") -> Iterator[None]:
    """Within it the server does not run: by an orderly "stop" or a "kill" -9."""
    if by == "kill":
        server.kill()
    else:
        server.stop()
    try:
        yield
    finally:
        server.start()
