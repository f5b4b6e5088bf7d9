"""Servers that somebody else runs, named by TEST_BROKER_URL and TEST_DATABASE_URL. Used, never stopped."""

from typing import ClassVar

from tests.servers.databases import Databases
from tests.servers.mariadb import MariaDBDatabases
from tests.servers.postgres import PostgresDatabases
from tests.servers.process import ServerError
from tests.servers.rabbitmq import Broker
from tests.servers.server import Server


class Given(Server):
    start_seconds: ClassVar[float] = 10

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def is_running(self) -> bool:
        return True

    def launch(self) -> None:
        pass

    def stop(self) -> None:
        raise ServerError(f"this {self.title} was given by its URL: it is not ours to stop")

    def kill(self) -> None:
        self.stop()

    def close(self) -> None:
        pass

    def log_tail(self) -> str:
        return "(not ours to see)"


class GivenRabbitMQ(Given, Broker):
    def rabbitmqctl(self, *arguments: str) -> str:
        raise ServerError(f"rabbitmqctl {' '.join(arguments)}: this RabbitMQ was given by its URL")


class GivenDatabases(Given, Databases):
    """Leaves no database behind that was made here."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._created: list[str] = []

    def create_database(self, name: str) -> str:
        url = super().create_database(name)
        self._created.append(name)
        return url

    def close(self) -> None:
        while self._created:
            self.drop_database(self._created.pop())


class GivenMariaDB(GivenDatabases, MariaDBDatabases):
    pass


class GivenPostgres(GivenDatabases, PostgresDatabases):
    pass
