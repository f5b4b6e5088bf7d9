"""Containers: the real `docker-compose up --build`, under a project name and on ports of its own."""

import contextlib
import secrets
import shutil
import subprocess
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Self

from tests.e2e.client import Api
from tests.e2e.stacks import SETTLE
from tests.e2e.stacks.processes import LOG_LINES, ROOT, environment
from tests.e2e.waiting import eventually
from tests.servers.process import Port

LOGGED = ("admin", "relay", "rabbitmq", "service", "consumer", "worker", "beat")
WORKERS = 2
# The shops stand in the stack's own network, and need no rest between two requests.
IMPORTS = {"IMPORTS_PRIVATE_NETWORKS": "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16", "IMPORTS_DELAY_SECONDS": "0"}
SHOPS_PORT = 8080
UP_SECONDS = 600  # with nothing in the build cache
READY_SECONDS = 90
DO_SECONDS = 90
# A child that waits for the end of its standard input, which is our own end too, and then removes everything.
WATCHDOG = """
read -r _; p=$1; shift
docker rm --force "$p-shops"; "$@" down --volumes --timeout 10; docker image rm "$p-admin" "$p-service"
"""
# What the kernel does when memory is short: -9 to the process itself, the child of the container's init. Then init
# ends, and the restart policy applies. After `docker kill` it would not: the engine takes that for a wish to stop.
KILL = """
import os
for pid in filter(str.isdigit, os.listdir("/proc")):
    if open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1] == "1":
        os.kill(int(pid), 9)
"""
KILLED_TOO = 137  # the container may be gone before its killer has ended
WAITING = "SELECT reason, COUNT(*) FROM outbox_outboxevent GROUP BY reason"


class Compose:
    def __init__(
        self, *, without: Iterable[str] = (), files: Iterable[str] = (), settings: Mapping[str, str] | None = None
    ) -> None:
        """All of docker-compose.yml but `without`, or of these files, with these settings for all of them."""
        self._without = frozenset(without)
        self._project = f"lockstep-e2e-{secrets.token_hex(4)}"
        self._ports = {name: Port() for name in ("ADMIN_PORT", "SERVICE_PORT", "MANAGEMENT_PORT")}
        ports = {name: str(port.number) for name, port in self._ports.items()}
        self._env = environment(ports | IMPORTS | dict(settings or {}))
        program = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
        # A developer's .env must not reach the tests.
        self._command = [*program, "--ansi", "never", "--project-name", self._project, "--env-file", "/dev/null"]
        self._command += [f"--file={file}" for file in files]
        self.admin, self.service = (Api(self._ports[name].number) for name in ("ADMIN_PORT", "SERVICE_PORT"))

    def __enter__(self) -> Self:
        self._watchdog = subprocess.Popen(
            ["sh", "-c", WATCHDOG, "sh", self._project, *self._command],
            cwd=ROOT,
            env=self._env,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wanted = [name for name in self._compose("config", "--services").split() if name not in self._without]
            self._compose("up", "--build", "--detach", "--scale", f"worker={WORKERS}", *wanted, seconds=UP_SECONDS)
            eventually(self._assert_ready, within=READY_SECONDS)
        except BaseException as error:
            error.add_note(self.log_tail())
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        assert self._watchdog.stdin is not None
        self._watchdog.stdin.close()
        self._watchdog.wait(DO_SECONDS)

    def start_consumer(self) -> None:
        self._compose("up", "--detach", "consumer")

    def shops(self) -> str:
        """In a container of admin's image, which has Python."""
        name = f"{self._project}-shops"
        if not self._do("docker", "ps", "--quiet", "--filter", f"name={name}"):
            site = ["python", "/shops/site.py", "--host", "0.0.0.0", "--port", str(SHOPS_PORT)]
            place = ["--network", f"{self._project}_lockstep", "--network-alias", "shops"]
            mount = ["--volume", f"{ROOT}/tests/shops:/shops:ro"]
            self._do("docker", "run", "--detach", "--rm", "--init", "--name", name, *place, *mount, self._image, *site)
        return f"http://shops:{SHOPS_PORT}"

    @property
    def _image(self) -> str:
        return f"{self._project}-admin"

    def kill(self, process: str) -> None:
        self._compose("exec", "-T", process, "python", "-c", KILL, codes=(0, KILLED_TOO))

    def incarnation(self, process: str) -> str:
        container = self._compose("ps", "--all", "--quiet", process).strip()
        return self._do("docker", "inspect", "--format", "{{.State.StartedAt}}", container)

    @contextlib.contextmanager
    def broker_down(self, how: str) -> Iterator[None]:
        if how == "kill":
            self._compose("exec", "-T", "rabbitmq", "rabbitmqctl", "eval", SETTLE)
            self._compose("kill", "--signal", "KILL", "rabbitmq")
        else:
            self._compose("stop", "rabbitmq")
        try:
            yield
        finally:
            self._compose("start", "rabbitmq")

    def waiting(self) -> dict[str, int]:
        client = ["mariadb", "--user=admin", "--password=lockstep", "--skip-column-names", "--batch", "admin"]
        said = self._compose("exec", "-T", "admin-db", *client, "--execute", WAITING)
        return {reason: int(count) for reason, _, count in (line.partition("\t") for line in said.splitlines())}

    def log_tail(self) -> str:
        return self._compose("logs", "--tail", str(LOG_LINES // 3), *LOGGED)

    def _assert_ready(self) -> None:
        self.admin.assert_ready()
        self.service.assert_ready()

    def _compose(self, *arguments: str, seconds: float = DO_SECONDS, codes: Container[int] = (0,)) -> str:
        return self._do(*self._command, *arguments, seconds=seconds, codes=codes)

    def _do(self, *command: str, seconds: float = DO_SECONDS, codes: Container[int] = (0,)) -> str:
        done = subprocess.run(
            command, check=False, cwd=ROOT, env=self._env, capture_output=True, text=True, timeout=seconds
        )
        if done.returncode not in codes:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done.stdout
