"""The same servers as containers, where they are not installed. Each ends with the process that started it."""

import atexit
import os
import secrets
import subprocess
from typing import ClassVar

from tests.servers.find import IMAGES
from tests.servers.mariadb import MariaDBDatabases
from tests.servers.postgres import PostgresDatabases
from tests.servers.process import Port, ServerError
from tests.servers.rabbitmq import IMPATIENT, Broker
from tests.servers.server import LOG_LINES, Server

# A child that waits for the end of its standard input, which is our own end too, and removes the container then.
WATCHDOG = 'read -r _; exec docker rm --force --volumes "$0" >/dev/null 2>&1'


def docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], check=False, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise ServerError(f"docker {' '.join(arguments[:2])}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


class Container(Server):
    """A server in a container, published on a free port of 127.0.0.1 that stays the same."""

    image: ClassVar[str]
    inner_port: ClassVar[int]
    url_form: ClassVar[str]
    variables: ClassVar[tuple[str, ...]]

    def __init__(self) -> None:
        self._owner = os.getpid()
        self._port = Port()
        self._password = secrets.token_hex(8)
        self._watchdog: subprocess.Popen[bytes] | None = None
        self.name = f"lockstep-{secrets.token_hex(6)}"
        self.url = self._filled(self.url_form)
        atexit.register(self.close)

    @property
    def is_running(self) -> bool:
        return self._is("Running")

    def launch(self) -> None:
        if self._watchdog is not None:
            docker("start", self.name)
            return
        self._watchdog = subprocess.Popen(
            ["sh", "-c", WATCHDOG, self.name], stdin=subprocess.PIPE, start_new_session=True
        )
        variables = [f"--env={self._filled(variable)}" for variable in self.variables]
        published = f"--publish=127.0.0.1:{self._port.number}:{self.inner_port}"
        docker("run", "--detach", "--init", f"--name={self.name}", published, *variables, self.image)

    def stop(self) -> None:
        if self._watchdog is not None:
            docker("stop", "--time", "30", self.name)

    def kill(self) -> None:
        if self.is_running:
            docker("kill", self.name)

    def close(self) -> None:
        atexit.unregister(self.close)
        if os.getpid() != self._owner:
            return  # a fork of the process that owns it
        self._port.release()
        if self._watchdog is None:
            return
        assert self._watchdog.stdin is not None
        self._watchdog.stdin.close()
        self._watchdog.wait()
        self._watchdog = None

    def processes(self) -> set[int]:
        """The pid of its first process, as the engine's machine knows it."""
        if not self.is_running:
            return set()
        return {int(docker("inspect", "--format", "{{.State.Pid}}", self.name))}

    def pause(self) -> None:
        docker("pause", self.name)

    def resume(self) -> None:
        if self._is("Paused"):
            docker("unpause", self.name)

    def _is(self, state: str) -> bool:
        try:
            return docker("inspect", "--format", f"{{{{.State.{state}}}}}", self.name).strip() == "true"
        except ServerError:
            return False

    def log_tail(self) -> str:
        command = ["docker", "logs", "--tail", str(LOG_LINES), self.name]
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.stdout

    def _filled(self, form: str) -> str:
        return form.format(password=self._password, port=self._port.number)


class DockerRabbitMQ(Container, Broker):
    image = IMAGES["rabbitmq"]
    inner_port = 5672
    url_form = "amqp://lockstep:{password}@127.0.0.1:{port}/lockstep"
    variables = (
        "RABBITMQ_DEFAULT_USER=lockstep",
        "RABBITMQ_DEFAULT_PASS={password}",
        "RABBITMQ_DEFAULT_VHOST=lockstep",
        f"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS={IMPATIENT}",
    )

    def rabbitmqctl(self, *arguments: str) -> str:
        return docker("exec", self.name, "rabbitmqctl", "--quiet", *arguments)


class DockerMariaDB(Container, MariaDBDatabases):
    image = IMAGES["mariadb"]
    inner_port = 3306
    url_form = "mysql://root:{password}@127.0.0.1:{port}/"
    variables = ("MARIADB_ROOT_PASSWORD={password}",)


class DockerPostgres(Container, PostgresDatabases):
    image = IMAGES["postgres"]
    inner_port = 5432
    url_form = "postgres://postgres:{password}@127.0.0.1:{port}/"
    variables = ("POSTGRES_PASSWORD={password}",)
