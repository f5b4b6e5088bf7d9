"""Private servers, one installation of Lockstep on them with two workers a web, and a Prometheus that watches it."""

import contextlib
import re
from collections.abc import Iterator

import pytest

from tests.e2e.stacks.make_run import MakeRun
from tests.e2e.waiting import eventually
from tests.observability.prometheus import Prometheus
from tests.servers import pick
from tests.servers.databases import Databases
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.server import start_all


class Broker(RabbitMQ):
    """With the plugin that compose has too."""

    def __init__(self) -> None:
        super().__init__()
        self.metrics_port = self.reserve_port()
        self._configuration = f"prometheus.tcp.ip = 127.0.0.1\nprometheus.tcp.port = {self.metrics_port}\n"

    def _write_files(self) -> None:
        super()._write_files()
        (self.folder / "enabled_plugins").write_text("[rabbitmq_prometheus].\n")


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[Broker, Databases]]:
    with contextlib.ExitStack() as stack:
        broker, mariadb = Broker(), pick.mariadb()
        stack.callback(broker.close)
        stack.callback(mariadb.close)
        start_all([broker, mariadb])
        yield broker, mariadb


@pytest.fixture(scope="module")
def lockstep(servers: tuple[Broker, Databases]) -> Iterator[MakeRun]:
    broker, mariadb = servers
    settings = {
        "BROKER_URL": broker.virtual_host("watched"),
        "ADMIN_DATABASE_URL": mariadb.create_database("watched_admin"),
        "SERVICE_DATABASE_URL": mariadb.create_database("watched_service"),
        "WEB_CONCURRENCY": "2",
    }
    with MakeRun(settings) as running:
        yield running


@pytest.fixture(scope="module")
def places(lockstep: MakeRun, servers: tuple[Broker, Databases]) -> dict[str, str]:
    """Job → host:port, as `make run` announces them."""

    def announced() -> dict[str, str]:
        found = dict(re.findall(r"(relay|consumer|worker) +http://(127\.0\.0\.1:\d+)/metrics", lockstep.log()))
        assert found.keys() == {"relay", "consumer", "worker"}, lockstep.log_tail()
        return found

    return eventually(announced, within=30) | {
        "admin": f"127.0.0.1:{lockstep.admin.port}",
        "service": f"127.0.0.1:{lockstep.service.port}",
        "rabbitmq": f"127.0.0.1:{servers[0].metrics_port}",
    }


@pytest.fixture(scope="module")
def prometheus(places: dict[str, str]) -> Iterator[Prometheus]:
    with Prometheus(places) as running:
        yield running
