"""Which server a test gets: one of this machine's programs, else a container (TEST_SERVERS=docker turns that round)."""

from collections.abc import Callable

from tests.servers import find
from tests.servers.databases import Databases
from tests.servers.docker import DockerMariaDB, DockerPostgres, DockerRabbitMQ
from tests.servers.given import GivenMariaDB, GivenPostgres, GivenRabbitMQ
from tests.servers.mariadb import MariaDB
from tests.servers.postgres import Postgres
from tests.servers.rabbitmq import Broker, RabbitMQ
from tests.servers.server import Server


def broker() -> Broker:
    """A private RabbitMQ, not started yet, that the test may stop and kill. So are the others."""
    return RabbitMQ() if find.way("rabbitmq") == "native" else DockerRabbitMQ()


def mariadb() -> Databases:
    return MariaDB() if find.way("mariadb") == "native" else DockerMariaDB()


def postgres() -> Databases:
    return Postgres() if find.way("postgres") == "native" else DockerPostgres()


PRIVATE: dict[str, Callable[[], Server]] = {"rabbitmq": broker, "mariadb": mariadb, "postgres": postgres}
GIVEN: dict[str, Callable[[str], Server]] = {
    "rabbitmq": GivenRabbitMQ,
    "mariadb": GivenMariaDB,
    "postgres": GivenPostgres,
}


def usable(kind: str) -> Server:
    """One that the caller's environment names, else a private one: for tests that never stop it."""
    urls = find.given()
    return GIVEN[kind](urls[kind]) if kind in urls else PRIVATE[kind]()
