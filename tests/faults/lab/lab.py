"""A lab: a whole installation on the shared servers, each process by itself, and the accounts beside it."""

import itertools
import json
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from tests.e2e.client import Api, Product
from tests.e2e.stacks.processes import ROOT
from tests.faults.lab import sql
from tests.faults.lab.accounts import Accounts
from tests.faults.lab.programs import Program
from tests.faults.lab.proxy import Proxy
from tests.faults.lab.servers import Servers
from tests.servers.databases import Databases
from tests.servers.process import Port

# Shorter than by default, so that the tests are too; a test of the defaults starts processes of its own with them.
PATIENCE = {"OUTBOX_LEASE_SECONDS": "3", "OUTBOX_RETRY_MAX_SECONDS": "2", "INBOX_RETRY_MAX_SECONDS": "2"}
DEFAULTS = {"OUTBOX_LEASE_SECONDS": "10", "OUTBOX_RETRY_MAX_SECONDS": "10", "INBOX_RETRY_MAX_SECONDS": "10"}
MIGRATE_SECONDS = 90


class Lab:
    """Two webs, a relay and a consumer, ready when it is entered; more relays and consumers when they are asked for."""

    def __init__(self, servers: Servers, **settings: str) -> None:
        self.servers = servers
        self.settings = servers.settings()
        self.broker_url = self.settings["BROKER_URL"]
        # As the server's own user, who may do more than the product's.
        self.admin_database_url = _renamed(servers.admin_database, self.settings["ADMIN_DATABASE_URL"])
        self.service_database_url = _renamed(servers.service_database, self.settings["SERVICE_DATABASE_URL"])
        self._env = PATIENCE | {"DEBUG": "1", "LOG_FORMAT": "json", "BROKER_URL": self.broker_url} | settings
        self._folder = Path(tempfile.mkdtemp(prefix="lockstep-faults-"))
        self._exits = ExitStack()
        self._exits.callback(shutil.rmtree, self._folder, ignore_errors=True)
        self._ports = {"admin": Port(), "service": Port()}
        self._numbers = itertools.count(2)
        self._more: list[Program] = []
        self.admin, self.service = (Api(port.number) for port in self._ports.values())
        self._env |= {"ADMIN_URL": f"http://127.0.0.1:{self.admin.port}"}
        self.admin_web, self.service_web = self._web("admin", self.admin), self._web("service", self.service)
        self.relay, self.consumer = self._relay("relay"), self._consumer("consumer")
        self.written: dict[int, Product | None] = {}  # see convergence.Written; tests add what they were answered
        self.accounts = Accounts(
            broker_url=self.broker_url,
            admin_database_url=self.admin_database_url,
            service_database_url=self.service_database_url,
        )

    @property
    def virtual_host(self) -> str:
        return urlsplit(self.broker_url).path.lstrip("/")

    @property
    def programs(self) -> tuple[Program, ...]:
        return self.admin_web, self.service_web, self.relay, self.consumer

    def __enter__(self) -> Self:
        try:
            self.accounts.open_spy()
            self.migrate()
            self.accounts.open_audits()
            for program in self.programs:
                program.start(wait=False)
            for program in self.programs:
                program.wait_ready()
            self.servers.broker.sync()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for program in [*self.programs, *self._more]:
            program.kill()
        self._exits.close()
        for port in self._ports.values():
            port.release()

    def another_relay(self) -> Program:
        """Not started yet; it is ended when the test is over."""
        return self._add(self._relay(f"relay-{next(self._numbers)}"))

    def another_consumer(self) -> Program:
        return self._add(self._consumer(f"consumer-{next(self._numbers)}"))

    def another_worker(self, *options: str) -> Program:
        """One that runs background jobs, one at a time; the lab itself has none."""
        name = f"worker-{next(self._numbers)}"
        celery = ["-m", "celery", "-A", "config", "-q", "--workdir", str(ROOT / "admin"), "worker", "-n", f"{name}@%h"]
        celery += ["--concurrency=1", "--without-gossip", "--without-mingle", *options]
        return self._add(self._program(name, "admin", celery, ready="worker begins"))

    def command(self, service: str, *arguments: str) -> Program:
        """`manage.py …` of a service, not started yet."""
        name = f"{arguments[0]}-{next(self._numbers)}"
        return self._add(self._program(name, service, [str(ROOT / service / "manage.py"), *arguments], ready=""))

    def check_drift(self, *options: str) -> tuple[int, dict[str, Any]]:
        """Service's own comparison of the two copies: its exit code (0: equal, 1: they differ), and what it said.

        With a short heartbeat, since it gives a mute consumer three of them to lose what it has in hand.
        """
        command = self.command("service", "check_drift", "--json", *options)
        command.start(wait=False, BROKER_URL=_impatient(self._env["BROKER_URL"]))
        code = command.wait_ended()
        said = [line for line in command.said().splitlines() if line.startswith("{")]
        assert said, f"check_drift said nothing:\n{command.log_tail()}"
        return code, dict(json.loads(said[-1]))

    def proxy(self, url: str) -> Proxy:
        """A link to a server; it is closed with the lab."""
        return self._exits.enter_context(Proxy(url))

    def waiting(self) -> dict[str, int]:
        """The events in admin's outbox, counted by the reason why they are still there."""
        return dict(
            sql.rows(self.admin_database_url, "SELECT reason, COUNT(*) FROM outbox_outboxevent GROUP BY reason")
        )

    def dead_letters(self) -> int:
        return int(sql.value(self.service_database_url, "SELECT COUNT(*) FROM inbox_deadletter"))

    def heal(self) -> None:
        """Servers and processes as they were in the beginning."""
        self.servers.heal()
        while self._more:
            program = self._more.pop()
            program.resume()
            program.kill()
        for program in self.programs:
            program.heal()
        for program in self.programs:
            program.wait_ready()
            program.forget()

    def migrate(self) -> None:
        commands = [self.command(service, "migrate", "-v0") for service in self._ports]
        for command in commands:
            command.start(wait=False)
        for command in commands:
            assert command.wait_ended(within=MIGRATE_SECONDS) == 0, command.log_tail()

    def said(self, name: str) -> list[str]:
        """Every line of the programs whose names begin so, over all their lives."""
        logs = sorted(self._folder.glob(f"{name}*.log"))
        return [line for log in logs for line in log.read_text(errors="replace").splitlines()]

    def log_tail(self) -> str:
        logs = sorted(self._folder.glob("*.log"))
        return "\n\n".join(f"--- {log.name}\n{_last(log)}" for log in logs)

    def _add(self, program: Program) -> Program:
        self._more.append(program)
        return program

    def _web(self, service: str, api: Api) -> Program:
        command = ["-m", "gunicorn", "config.wsgi", "--workers=2", "--no-control-socket", f"--chdir={ROOT / service}"]
        command += ["--bind", f"127.0.0.1:{api.port}"]
        return self._program(f"{service}-web", service, command, api=api)

    def _relay(self, name: str) -> Program:
        return self._program(name, "admin", [str(ROOT / "admin/manage.py"), "relay"], ready="relay ")

    def _consumer(self, name: str) -> Program:
        return self._program(name, "service", [str(ROOT / "service/consumer.py")], ready="consumer ")

    def _program(
        self, name: str, service: str, command: list[str], *, api: Api | None = None, ready: str = ""
    ) -> Program:
        def assert_ready(program: Program) -> None:
            if api is not None:
                api.assert_ready()
            assert ready in program.said_since_start(), f"{name} has said nothing yet"

        env = self._env | {"DATABASE_URL": self.settings[f"{service.upper()}_DATABASE_URL"]}
        return Program(name, command, log=self._folder / f"{name}.log", env=env, assert_ready=assert_ready)


def _renamed(server: Databases, url: str) -> str:
    return server.url_of(urlsplit(url).path.lstrip("/"))


def _impatient(urls: str) -> str:
    """Before it says drift, the check waits as long as a dead consumer's messages are kept from others: heartbeats."""
    return ",".join(url if "?" in url or not url else f"{url}?heartbeat=1" for url in urls.split(","))


def _last(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-25:])
