"""A private RabbitMQ node, with an epmd of its own: nothing is shared with another node of this machine."""

import os
import secrets
import socket
import subprocess
from abc import abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from tests.servers import find
from tests.servers.process import Port, Process, ServerError, accepts, wait_until
from tests.servers.server import NativeServer, Server

# A dead letter whose queue is missing is tried again after this long; by default after three minutes.
IMPATIENT = "-rabbit dead_letter_worker_publisher_confirm_timeout 1000"
PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"
METHOD_FRAME = b"\x01"
ON_LOOPBACK = "-kernel inet_dist_use_interface {127,0,0,1}"
NO_SHARED_EPMD = "-start_epmd false"  # Erlang would start a daemon that outlives the node
CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
default_user = {user}
default_pass = {password}
default_vhost = {vhost}
log.console = true
log.console.use_colors = off
log.file = false
{more}"""


class Broker(Server):
    """Any RabbitMQ, whoever runs it."""

    title = "RabbitMQ"

    def answers(self) -> bool:
        """It opens its listeners last, when users, virtual hosts and queues are there."""
        parts = urlsplit(self.url)
        try:
            with socket.create_connection((parts.hostname or "", parts.port or 5672), timeout=2) as connection:
                connection.sendall(PROTOCOL_HEADER)
                return connection.recv(1) == METHOD_FRAME
        except OSError as error:
            self.refusal = str(error)
            return False

    def virtual_host(self, name: str) -> str:
        """A new one's URL; of a cluster one for each node, with commas between them."""
        nodes = [urlsplit(url) for url in self.url.split(",")]
        self.rabbitmqctl("add_vhost", name)
        self.rabbitmqctl("set_permissions", "--vhost", name, nodes[0].username or "", ".*", ".*", ".*")
        return ",".join(node._replace(path=f"/{quote(name, safe='')}").geturl() for node in nodes)

    @abstractmethod
    def rabbitmqctl(self, *arguments: str) -> str:
        """What `rabbitmqctl` prints about this node; where a command has `--vhost`, it wants "lockstep"."""

    def sync(self) -> None:
        """Write its own tables to disk now. For tests that declare a quorum queue and kill the broker soon after:

        RabbitMQ (3.10 and 4.0 seen) does this about once a second, and a queue that was declared since the last
        time never gets a leader again after a SIGKILL; each use of it ends in a timeout.
        """
        self.rabbitmqctl("eval", "[dets:sync(Table) || Table <- dets:all()].")


class Epmd:
    """Erlang's name service, for one node or for all nodes of a cluster."""

    def __init__(self, folder: Path) -> None:
        self._port = Port()
        self._log = folder / "epmd.log"
        self._process: Process | None = None

    @property
    def port(self) -> int:
        return self._port.number

    def start(self) -> None:
        if self._process is None:
            command = [str(find.program("epmd")), "-port", str(self.port), "-address", "127.0.0.1"]
            env = {"PATH": os.environ.get("PATH", os.defpath)}
            self._process = Process(command, log=self._log, env=env)
        self._process.start()
        if not wait_until(lambda: accepts(self.port), seconds=10, interval_seconds=0.01):
            raise ServerError(f"RabbitMQ's epmd does not listen: {self._log.read_text()}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        self.kill()
        self._port.release()

    def members(self) -> set[int]:
        return self._process.members() if self._process else set()


@dataclass(frozen=True)
class Shared:
    """What the nodes of one cluster have in common."""

    epmd: Epmd
    cookie: str = field(default_factory=lambda: secrets.token_hex(16))
    password: str = field(default_factory=lambda: secrets.token_hex(8))


class RabbitMQ(Broker, NativeServer):
    """One node; a node of a cluster has its own name, and an epmd that does not end with it."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        node: str = "lockstep",
        shared: Shared | None = None,
        configuration: str = "",  # lines of rabbitmq.conf
        erlang: str = "",  # arguments of its virtual machine
    ) -> None:
        super().__init__(folder)
        self._port, self._node_port = self.reserve_port(), self.reserve_port()
        self._own_epmd = None if shared else Epmd(self.folder)
        self._shared = shared or Shared(self._own_epmd or Epmd(self.folder))
        self.password = self._shared.password
        self.node = f"{node}@localhost"
        self.url = f"amqp://lockstep:{self.password}@127.0.0.1:{self._port}/lockstep"
        self._configuration, self._erlang = configuration, erlang
        self._scripts = find.rabbitmq()

    def launch(self) -> None:
        if self._scripts is None:
            raise ServerError("RabbitMQ is not installed: run python3 tests/servers/install.py")
        if self._program is None:
            self._write_files()
            self._program = Process([self._scripts / "rabbitmq-server"], log=self._log, env=self._environment())
        self._shared.epmd.start()
        self._program.start()

    def stop(self) -> None:
        super().stop()
        if self._own_epmd:
            self._own_epmd.stop()

    def kill(self) -> None:
        super().kill()
        if self._own_epmd:
            self._own_epmd.kill()

    def close(self) -> None:
        super().close()
        if self._own_epmd and os.getpid() == self._owner:
            self._own_epmd.close()

    def processes(self) -> set[int]:
        return super().processes() | (self._own_epmd.members() if self._own_epmd else set())

    def rabbitmqctl(self, *arguments: str) -> str:
        return self.script("rabbitmqctl", *arguments)

    def script(self, name: str, *arguments: str) -> str:
        """What one of RabbitMQ's scripts prints about this node."""
        if not self.is_running or self._scripts is None:
            raise ServerError(f"{name} {' '.join(arguments)}: the private RabbitMQ does not run")
        command = [str(self._scripts / name), "--quiet", *arguments]
        done = subprocess.run(
            command, check=False, env=self._environment(), capture_output=True, text=True, timeout=120
        )
        if done.returncode:
            raise ServerError(f"{name} {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def _write_files(self) -> None:
        cookie = self.folder / ".erlang.cookie"
        cookie.write_text(self._shared.cookie)
        cookie.chmod(0o400)
        (self.folder / "enabled_plugins").write_text("[].\n")
        configuration = self.folder / "rabbitmq.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            CONFIGURATION.format(
                port=self._port, user="lockstep", password=self.password, vhost="lockstep", more=self._configuration
            )
        )

    def _environment(self) -> dict[str, str]:
        """All that the scripts read, so that neither the caller's settings nor those in /etc reach the node."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": str(self.folder),  # holds the cookie
            "ERL_EPMD_PORT": str(self._shared.epmd.port),
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(self._node_port),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            # The script then becomes the server (one pid to stop and kill) in place of starting it in the background.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_START_ARGS": f"-noinput {NO_SHARED_EPMD} {ON_LOOPBACK} {IMPATIENT} {self._erlang}",
            "RABBITMQ_CTL_ERL_ARGS": f"{NO_SHARED_EPMD} {ON_LOOPBACK}",
        }
