"""Admin's web, relay and consumer outside development, each with its own user of the broker."""

import json
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Self

from tests.e2e.client import Api
from tests.e2e.stacks.processes import ROOT, environment
from tests.e2e.waiting import eventually
from tests.faults.lab.programs import Program
from tests.production.commands import PRODUCTION, SECONDS, manage
from tests.servers.process import Port

CREATE = "from catalogue.models import Product; Product.objects.create(title={title!r}, price='1.00')"
CELERY = ("-A", "config", "-q")


class Installation:
    def __init__(self, folder: Path, *, admin_broker_url: str, service_broker_url: str) -> None:
        self._folder, self._exits = folder, ExitStack()
        port = Port()
        self._exits.callback(port.release)
        self._admin = Api(port.number)
        shared = {"HTTPS": "0", "LOG_FORMAT": "json", "ALLOWED_HOSTS": "127.0.0.1"}
        self._env = {
            "admin": shared | {"BROKER_URL": admin_broker_url, "DATABASE_URL": f"sqlite:///{folder}/admin.sqlite3"},
            "service": shared
            | {"BROKER_URL": service_broker_url, "DATABASE_URL": f"sqlite:///{folder}/service.sqlite3"}
            | {"ADMIN_URL": f"http://127.0.0.1:{port.number}"},
        }

    def __enter__(self) -> Self:
        try:
            for service in self._env:
                self.command(service, "migrate", "-v0")
            self._env["service"]["ADMIN_TOKEN"] = self.command("admin", "tokens", "create", "it", "--scope", "operate")
            web = ["-m", "gunicorn", "config.wsgi", "--no-control-socket", f"--chdir={ROOT / 'admin'}"]
            self._start("admin", "web", *web, f"--bind=127.0.0.1:{self._admin.port}")
            self.relay = self._start("admin", "relay", str(ROOT / "admin/manage.py"), "relay")
            self.consumer = self._start("service", "consumer", str(ROOT / "service/consumer.py"))
            eventually(self._admin.assert_ready, within=30)
            self.consumer.wait_says("consumer connected")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    def command(self, service: str, *arguments: str) -> str:
        """What it prints; it must succeed."""
        done = manage(service, *arguments, **self._env[service])
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def examined(self, service: str, **settings: str) -> dict[str, dict[str, str]]:
        """What doctor finds, by the name of the check."""
        done = manage(service, "doctor", "--json", **self._env[service] | settings)
        return {finding["name"]: finding for finding in json.loads(done.stdout)["findings"]}

    def create(self, title: str) -> None:
        self.command("admin", "shell", "-c", CREATE.format(title=title))

    def celery(self, *command: str) -> Program:
        """Started: a worker, beat or Flower."""
        return self._start("admin", command[0], "-m", "celery", f"--workdir={ROOT / 'admin'}", *CELERY, *command)

    def asked_celery(self, *command: str) -> str:
        """What Celery's command prints; it must succeed."""
        done = subprocess.run(
            [sys.executable, "-m", "celery", *CELERY, *command],
            check=True,
            cwd=ROOT / "admin",
            env=environment(PRODUCTION | self._env["admin"]),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        return done.stdout

    def job_state(self, job_id: str) -> str:
        with closing(sqlite3.connect(self._folder / "admin.sqlite3")) as connection:
            ((state,),) = connection.execute("SELECT state FROM jobs_job WHERE id = ?", (job_id,))
        return str(state)

    def copied(self) -> set[str]:
        """The titles that service has."""
        with closing(sqlite3.connect(self._folder / "service.sqlite3")) as connection:
            return {title for (title,) in connection.execute("SELECT title FROM replica_product")}

    def log_tail(self) -> str:
        return "\n\n".join(log.read_text() for log in sorted(self._folder.glob("*.log")))

    def _start(self, service: str, name: str, *command: str) -> Program:
        env = PRODUCTION | self._env[service]
        program = Program(
            name,
            command,
            log=self._folder / f"{name}.log",
            env=env,
            assert_ready=lambda _: None,
            python=sys.executable,
        )
        self._exits.callback(program.kill)
        program.start(wait=False)
        return program
