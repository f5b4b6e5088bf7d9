"""A process that is stuck is found, not only one that is dead; one that waits for a server is not stuck."""

import contextlib
import http.client
import itertools
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pika
import pytest

from tests.e2e.stacks.processes import ROOT, environment, tail
from tests.e2e.waiting import eventually
from tests.observability.conftest import Broker
from tests.servers.databases import Databases
from tests.servers.process import Port, Process

# In place of a minute: more than the five seconds of an idle turn, less than the ten for a database that is silent.
STUCK_SECONDS = 7.0
AWAY_SECONDS = 15.0
# The process itself, with another bound: no setting, since nobody but a test wants one.
PROGRAM = f"""
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
from processes import alive
alive.STUCK_SECONDS = {STUCK_SECONDS}
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""
EXCHANGE = "catalogue.events"
NUMBERS = itertools.count(1)
ROLES = {"relay": ("admin", "relay"), "consumer": ("service", "consume")}


class Watched:
    def __init__(self, role: str, broker: Broker, mariadb: Databases, folder: Path) -> None:
        service, command = ROLES[role]
        self._port = Port()
        self._log = folder / f"{role}.log"
        name = f"{role}{next(NUMBERS)}"
        self._broker_url = broker.virtual_host(name)
        settings = {
            "DEBUG": "1",
            "BROKER_URL": self._broker_url,
            "DATABASE_URL": mariadb.create_database(name),
            "METRICS_BIND": f"127.0.0.1:{self._port.number}",
            "OUTBOX_RETRY_MAX_SECONDS": "2",
            "INBOX_RETRY_MAX_SECONDS": "2",
        }
        env = environment(settings | {"PYTHONPATH": str(ROOT / service), "PYTHONUNBUFFERED": "1"})
        python = [sys.executable, "-c", PROGRAM]
        self._migrated = Process([*python, "migrate", "--noinput", "-v0"], log=self._log, env=env)
        self._process = Process([*python, command], log=self._log, env=env)

    def start(self) -> None:
        self._migrated.start()
        eventually(self._has_migrated, within=120)
        with pika.BlockingConnection(pika.URLParameters(self._broker_url)) as connection:
            connection.channel().exchange_declare(EXCHANGE, "topic", durable=True)  # as admin's relay does
        self._process.start()
        eventually(self.is_working, within=60)

    def _has_migrated(self) -> None:
        assert not self._migrated.is_running, tail(self._log)

    def publish_nonsense(self) -> None:
        """Which a consumer wants to store; an idle one asks its database for nothing."""
        with pika.BlockingConnection(pika.URLParameters(self._broker_url)) as connection:
            connection.channel().basic_publish(EXCHANGE, "product.created", b"nonsense")

    def is_working(self) -> None:
        assert "connected" in self._log.read_text(), tail(self._log)
        assert self.health() == 200

    def health(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self._port.number, timeout=5)
        with contextlib.closing(connection):
            connection.request("GET", "/healthz")
            return connection.getresponse().status

    def close(self) -> None:
        self._process.kill()
        self._migrated.kill()
        self._port.release()

    def log(self) -> str:
        return self._log.read_text()


@pytest.fixture(scope="module", params=ROLES)
def watched(
    request: pytest.FixtureRequest, servers: tuple[Broker, Databases], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watched]:
    watched = Watched(request.param, *servers, tmp_path_factory.mktemp("stuck"))
    try:
        watched.start()
        yield watched
    finally:
        watched.close()


def stays(is_so: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not is_so():
            return False
        time.sleep(0.2)
    return True


def test_one_that_is_stuck_in_a_step_is_told_and_is_well_again_afterwards(
    watched: Watched, servers: tuple[Broker, Databases]
) -> None:
    """Its database neither answers nor hangs up: whatever holds a step up looks like this from outside."""
    _, mariadb = servers
    eventually(watched.is_working, within=30)
    mariadb.pause()
    try:
        began = time.monotonic()
        eventually(lambda: is_(watched, 503), within=STUCK_SECONDS + 10)
        assert time.monotonic() - began > STUCK_SECONDS - 6  # an idle turn may have begun before
    finally:
        mariadb.resume()
    eventually(lambda: is_(watched, 200), within=30)


@pytest.mark.parametrize("which", ["broker", "mariadb"])
def test_one_that_waits_for_a_server_is_well_however_long_that_takes(
    watched: Watched, servers: tuple[Broker, Databases], which: str
) -> None:
    server = dict(zip(("broker", "mariadb"), servers, strict=True))[which]
    eventually(watched.is_working, within=30)
    said = len(watched.log())
    server.stop()
    try:
        if which == "mariadb":
            watched.publish_nonsense()
        assert stays(lambda: watched.health() == 200, seconds=AWAY_SECONDS), watched.log()
        assert re.search("waits for|holds a batch", watched.log()[said:])
    finally:
        server.start()


def is_(watched: Watched, status: int) -> None:
    assert watched.health() == status, watched.log()
