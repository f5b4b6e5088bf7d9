"""Three private nodes of RabbitMQ as one cluster, each stopped, killed, paused and cut off by itself."""

import contextlib
from collections.abc import Iterator

from tests.e2e.waiting import eventually
from tests.servers.folder import Folder
from tests.servers.process import ServerError
from tests.servers.rabbitmq import Broker, Epmd, RabbitMQ, Shared
from tests.servers.server import start_all

NAMES = ("one", "two", "three")
# A node that says nothing for so long is taken for dead; by default it is a minute.
ERLANG = "-kernel net_ticktime 5"
CONFIGURATION = """\
cluster_partition_handling = pause_minority
cluster_formation.peer_discovery_backend = classic_config
cluster_formation.classic_config.nodes.1 = one@localhost
"""
WHOLE_SECONDS = 60


class Cluster(Broker):
    """Its `url` is that of all nodes, with commas between them, as BROKER_URL takes it."""

    def __init__(self) -> None:
        self._folder = Folder()
        self._epmd = Epmd(self._folder.path)
        shared = Shared(self._epmd)
        self.nodes = [
            RabbitMQ(self._folder.path / name, node=name, shared=shared, configuration=CONFIGURATION, erlang=ERLANG)
            for name in NAMES
        ]
        self.url = ",".join(node.url for node in self.nodes)

    def launch(self) -> None:
        """The first one alone, where it is new: the others join it by themselves."""
        if not any(node.processes() for node in self.nodes):
            self.nodes[0].start()
        for node in self.nodes:
            node.launch()

    def answers(self) -> bool:
        refusing = [node for node in self.nodes if not node.answers()]
        self.refusal = ", ".join(f"{node.node}: {node.refusal}" for node in refusing)
        return not refusing

    @property
    def is_running(self) -> bool:
        return all(node.is_running for node in self.nodes)

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()

    def kill(self) -> None:
        for node in self.nodes:
            node.kill()

    def close(self) -> None:
        for node in self.nodes:
            node.close()
        self._epmd.close()
        self._folder.remove()

    def processes(self) -> set[int]:
        return set().union(*(node.processes() for node in self.nodes))

    def log_tail(self) -> str:
        return "\n\n".join(f"--- {node.node}\n{node.log_tail()}" for node in self.nodes)

    def rabbitmqctl(self, *arguments: str) -> str:
        return self._running[0].rabbitmqctl(*arguments)

    def sync(self) -> None:
        for node in self._running:
            node.sync()

    @property
    def _running(self) -> list[RabbitMQ]:
        return [node for node in self.nodes if node.is_running]

    def leader(self, queue: str, *, vhost: str) -> RabbitMQ:
        name = self._queues("leader", vhost=vhost)[queue]
        return next(node for node in self.nodes if node.node == name)

    def members(self, *, vhost: str) -> dict[str, int]:
        """Of each queue, how many of its members are there and up to date with the cluster."""
        return {queue: len(online.split(",")) for queue, online in self._queues("online", vhost=vhost).items()}

    def _queues(self, column: str, *, vhost: str) -> dict[str, str]:
        printed = self.rabbitmqctl("list_queues", "--vhost", vhost, "--no-table-headers", "name", column)
        return dict(line.split("\t") for line in printed.splitlines())

    def wait_whole(self, *, vhost: str) -> None:
        """All nodes answer, and each queue has its three members."""

        def assert_whole() -> None:
            try:
                members = self.members(vhost=vhost)
            except ServerError as error:
                raise AssertionError(str(error)) from error
            assert set(members.values()) == {len(self.nodes)}, members

        start_all(self.nodes)
        eventually(assert_whole, within=WHOLE_SECONDS, every=0.5)

    def others(self, node: RabbitMQ) -> list[RabbitMQ]:
        return [other for other in self.nodes if other is not node]

    @contextlib.contextmanager
    def apart(self, node: RabbitMQ) -> Iterator[None]:
        """Within it this node and the others cannot talk to each other, though all of them run and can be reached.

        No firewall, which only root can have: it holds a wrong cookie for each of them, and ends the connections.
        """
        self._set_cookies(node, "wrong", then="erlang:disconnect_node(Node)")
        try:
            yield
        finally:
            self._set_cookies(node, "erlang:get_cookie()", then="ok")

    def _set_cookies(self, node: RabbitMQ, cookie: str, *, then: str) -> None:
        names = ", ".join(f"'{other.node}'" for other in self.others(node))
        node.rabbitmqctl("eval", f"[begin erlang:set_cookie(Node, {cookie}), {then} end || Node <- [{names}]].")

    @contextlib.contextmanager
    def partitions(self, handling: str) -> Iterator[None]:
        """Within it the nodes follow this `cluster_partition_handling`."""
        self._set_handling(handling)
        try:
            yield
        finally:
            self.resume()
            self._set_handling("pause_minority")

    def _set_handling(self, handling: str) -> None:
        for node in self._running:
            node.rabbitmqctl("eval", f"application:set_env(rabbit, cluster_partition_handling, {handling}).")
