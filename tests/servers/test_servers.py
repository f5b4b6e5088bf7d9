"""Each private server for real: what it keeps, how it ends, what it leaves behind (nothing)."""

import contextlib
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pika  # type: ignore[import-untyped]
import pytest

from tests.servers import pick
from tests.servers.folder import Folder
from tests.servers.mariadb import MariaDBDatabases
from tests.servers.postgres import PostgresDatabases
from tests.servers.process import Port, Process, ServerError, live_processes, wait_until
from tests.servers.rabbitmq import Broker
from tests.servers.server import NativeServer, Server, start_all

ROOT = Path(__file__).resolve().parents[2]
QUORUM = {"x-queue-type": "quorum"}
TEXT = "Lämp 💡"
AnyServer = TypeVar("AnyServer", bound=Server)

kinds = pytest.mark.parametrize("kind", ["rabbitmq", "mariadb", "postgres"])


def write(server: Server) -> Callable[[], str]:
    """Stores a text in it; what is returned reads the text back."""
    if isinstance(server, Broker):
        return write_message(server)
    assert isinstance(server, MariaDBDatabases | PostgresDatabases)
    server.create_database("shop")
    with contextlib.closing(server.connect("shop")) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE product (title varchar(200))")
        cursor.execute("INSERT INTO product VALUES (%s)", (TEXT,))
        connection.commit()
    return lambda: read_row(server)


def read_row(server: MariaDBDatabases | PostgresDatabases) -> str:
    with contextlib.closing(server.connect("shop")) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT title FROM product")
        [[title]] = cursor.fetchall()
        return str(title)


def write_message(server: Broker) -> Callable[[], str]:
    with channel_to(server) as channel:
        channel.queue_declare("products", durable=True, arguments=QUORUM)
        channel.confirm_delivery()
        channel.basic_publish("", "products", TEXT.encode(), mandatory=True)
    server.sync()
    return lambda: read_message(server)


def read_message(server: Broker) -> str:
    """Not acknowledged, so that it is there the next time too."""
    bodies: list[bytes] = []
    with channel_to(server) as channel:

        def arrived() -> bool:
            bodies.append(channel.basic_get("products")[2] or b"")
            return bodies[-1] != b""

        wait_until(arrived, seconds=10)  # a queue that has just been recovered elects its leader first
    return bodies[-1].decode()


@contextlib.contextmanager
def channel_to(server: Broker) -> Any:
    with pika.BlockingConnection(pika.URLParameters(server.url)) as connection:
        yield connection.channel()


@kinds
def test_what_is_confirmed_survives_a_kill_and_a_stop_and_no_process_survives_either(kind: str) -> None:
    with pick.PRIVATE[kind]() as server:
        url, read = server.url, write(server)
        assert read() == TEXT
        for end in (server.kill, server.stop):
            alive = server.processes()
            assert alive
            end()
            assert not alive & live_processes().keys()
            assert not server.processes()
            assert not server.is_running
            assert not server.answers()
            server.start()
            assert (server.url, read()) == (url, TEXT)
        alive = server.processes()
    assert alive
    assert not alive & live_processes().keys()
    assert not server.answers()
    assert not isinstance(server, NativeServer) or not server.folder.exists()


@pytest.mark.parametrize("make", [pick.mariadb, pick.postgres])
def test_two_of_a_kind_run_side_by_side(make: Callable[[], Server]) -> None:
    with side_by_side(make) as (first, second):
        write(first)
        read = write(second)
        first.kill()
        assert read() == TEXT


def test_two_brokers_share_nothing_and_rabbitmqctl_speaks_to_its_own() -> None:
    with side_by_side(pick.broker) as (first, second):
        read = write(first)
        list_queues = ("list_queues", "--vhost", "lockstep", "--no-table-headers", "name")
        assert first.rabbitmqctl(*list_queues).split() == ["products"]
        assert second.rabbitmqctl(*list_queues).split() == []
        assert "guest" not in second.rabbitmqctl("list_users").split()
        with pytest.raises(ServerError, match="no_such_command"):
            second.rabbitmqctl("no_such_command")
        second.kill()
        assert read() == TEXT


@contextlib.contextmanager
def side_by_side(make: Callable[[], AnyServer]) -> Iterator[tuple[AnyServer, AnyServer]]:
    with contextlib.ExitStack() as stack:
        servers = make(), make()
        for server in servers:
            stack.callback(server.close)
        start_all(servers)
        yield servers


@kinds
def test_a_server_ends_with_the_process_that_started_it(kind: str) -> None:
    program = f"""
        from tests.servers import pick
        server = pick.PRIVATE["{kind}"]()
        server.start()
        print(*server.processes(), flush=True)
        input()
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        alive = {int(pid) for pid in owner.stdout.readline().split()}
        assert alive & live_processes().keys()
        owner.send_signal(signal.SIGKILL)
    assert wait_until(lambda: not alive & live_processes().keys(), seconds=10)


def test_the_folder_of_an_owner_that_was_killed_is_removed_by_the_next_one() -> None:
    program = "from tests.servers.folder import Folder; mine = Folder(); print(mine.path, flush=True); input()"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        left = Path(owner.stdout.readline().strip())
        Folder().remove()
        assert left.exists()  # its owner lives
        owner.kill()
    Folder().remove()
    assert not left.exists()


def test_a_given_folder_is_kept(tmp_path: Path) -> None:
    failing = Failing(tmp_path)
    with pytest.raises(ServerError), failing:
        pass
    assert (tmp_path / "server.log").read_text() == "the disk is full\n"


@pytest.mark.parametrize("make", [pick.mariadb, pick.postgres])
def test_a_database_name_that_is_not_one_is_refused(make: Callable[[], Any]) -> None:
    server = make()
    with pytest.raises(ValueError, match="not a database name"):
        server.create_database("shop; DROP DATABASE mysql")
    server.close()


class Failing(NativeServer):
    """A program that says why it cannot start, and ends."""

    title = "Failing"

    def launch(self) -> None:
        self._program = Process(["sh", "-c", "echo the disk is full; exit 1"], log=self._log)
        self._program.start()

    def answers(self) -> bool:
        return False


class Silent(Failing):
    """A program that runs and never answers."""

    title = "Silent"
    start_seconds = 0.2

    def launch(self) -> None:
        self._program = Process(["sh", "-c", "echo still recovering; exec sleep 1000"], log=self._log)
        self._program.start()
        assert wait_until(lambda: "still" in self.log_tail(), seconds=10)


@pytest.mark.parametrize(
    ("server", "reason"),
    [(Failing, r"(?s)Failing ended while starting.*the disk is full"), (Silent, r"(?s)within 0 s.*still recovering")],
)
def test_a_failed_start_shows_the_log_and_leaves_nothing(server: type[Failing], reason: str) -> None:
    failing = server()
    with pytest.raises(ServerError, match=reason), failing:
        pass
    assert not failing.processes()
    assert not failing.folder.exists()


def test_a_kill_reaches_children_that_left_the_process_group(tmp_path: Path) -> None:
    program = Process(["sh", "-c", "setsid sleep 1000 & exec sleep 1000"], log=tmp_path / "log")
    program.start()
    assert wait_until(lambda: len(program.members()) == 2, seconds=10)
    alive = program.members()
    program.kill()
    assert not alive & live_processes().keys()


def test_a_port_is_nobody_elses_while_its_server_is_down() -> None:
    port = Port()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port.number))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port.number))
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port.number))
        server.listen()
        socket.create_connection(("127.0.0.1", port.number)).close()
    port.release()
