"""Three nodes of RabbitMQ, of which one or two fail: no event is lost, none is invented, and nobody has to help."""

from collections.abc import Iterator

import pytest

from tests.e2e.waiting import eventually
from tests.e2e.workload import Workload
from tests.faults.lab.cluster import Cluster
from tests.faults.lab.lab import Lab
from tests.faults.lab.labs import Labs
from tests.faults.lab.servers import Servers, paused
from tests.servers.rabbitmq import RabbitMQ

QUEUE = "service.products"
CONFIRM_SECONDS = "3"
GAVE_UP = f"confirmed nothing for {CONFIRM_SECONDS} s"
CONNECTED = "relay connected to broker"
HANDLINGS = pytest.mark.parametrize("handling", ["pause_minority", "ignore"])


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    cluster = Cluster()
    yield cluster
    cluster.close()


@pytest.fixture(scope="module")
def servers(cluster: Cluster) -> Iterator[Servers]:
    with Servers(cluster) as started:
        yield started


@pytest.fixture(scope="module")
def shared(servers: Servers, cluster: Cluster) -> Iterator[Labs]:
    made = Labs(servers, OUTBOX_CONFIRM_SECONDS=CONFIRM_SECONDS)
    cluster.wait_whole(vhost=vhost(made.last()))
    yield made
    made.close()


def vhost(lab: Lab) -> str:
    return lab.broker_url.rpartition("/")[2]


def leader(lab: Lab, cluster: Cluster) -> RabbitMQ:
    return cluster.leader(QUEUE, vhost=vhost(lab))


def urls(lab: Lab, cluster: Cluster, *nodes: RabbitMQ) -> str:
    """BROKER_URL with these nodes alone, in this order."""
    by_node = dict(zip(cluster.nodes, lab.broker_url.split(","), strict=True))
    return ",".join(by_node[node] for node in nodes)


def write(lab: Lab, count: int = 20) -> set[tuple[int, int]]:
    products = [lab.admin.create(title=f"Lamp {number}") for number in range(count)]
    lab.written |= {product["id"]: product for product in products}
    return {(product["id"], product["version"]) for product in products}


def wait_tried(lab: Lab, times: int) -> None:
    """Until the relay has failed so often to publish what waits: no node, no word from it, or a nack."""

    def tried() -> None:
        said = lab.relay.said()
        assert said.count("relay waits for broker") + said.count("events stay in the outbox") >= times

    eventually(tried, within=60)


def assert_none_waits(lab: Lab) -> None:
    assert not (left := lab.waiting()), f"in the outbox are {left}"


def test_each_queue_has_a_member_on_each_node(lab: Lab, cluster: Cluster) -> None:
    assert cluster.members(vhost=vhost(lab)) == {QUEUE: 3, "service.products.dead": 3, "audit.spy": 3}


@pytest.mark.fault("F18")
def test_no_confirmed_event_is_lost_when_the_queues_leader_is_killed_twice(lab: Lab, cluster: Cluster) -> None:
    with Workload(lab.admin, clients=1) as work:
        for _ in range(2):
            work.reach(work.writes + 50)
            first = leader(lab, cluster)
            first.kill()
            work.reach(work.writes + 50)
            first.start()
            cluster.wait_whole(vhost=vhost(lab))
            assert leader(lab, cluster) is not first
        work.reach(work.writes + 100)
    lab.written |= work.last


@pytest.mark.fault("F19")
def test_the_relay_gives_a_paused_leader_up_within_its_own_bound_and_goes_on_with_another_node(
    lab: Lab, cluster: Cluster
) -> None:
    first = leader(lab, cluster)
    everywhere = urls(lab, cluster, first, *cluster.others(first))
    lab.relay.restart(BROKER_URL=everywhere)
    lab.relay.wait_says(CONNECTED)
    with paused(first):
        write(lab)
        lab.relay.wait_says(GAVE_UP, within=15)
        eventually(lambda: assert_none_waits(lab), within=60)
        lab.relay.wait_says(CONNECTED, times=2)
    cluster.wait_whole(vhost=vhost(lab))


@HANDLINGS
@pytest.mark.fault("F20")
def test_events_wait_while_two_of_three_nodes_are_down_and_go_out_when_they_are_back(
    lab: Lab, cluster: Cluster, handling: str
) -> None:
    with cluster.partitions(handling):
        survivor = cluster.others(leader(lab, cluster))[0]
        lost = cluster.others(survivor)
        for node in lost:
            node.kill()
        changes = write(lab)
        wait_tried(lab, 3)
        assert sum(lab.waiting().values()) == len(changes)
        cluster.start()
        cluster.wait_whole(vhost=vhost(lab))


@HANDLINGS
@pytest.mark.fault("F21")
def test_a_node_that_is_cut_off_takes_no_event_and_the_others_take_all(
    lab: Lab, cluster: Cluster, handling: str
) -> None:
    """The node is the worst one to lose: the queue's leader, which relay and consumer are connected to."""
    first = leader(lab, cluster)
    rest = cluster.others(first)
    lab.consumer.restart(BROKER_URL=urls(lab, cluster, first, *rest))
    lab.relay.restart(BROKER_URL=urls(lab, cluster, first))
    lab.relay.wait_says(CONNECTED)
    with cluster.partitions(handling):
        with cluster.apart(first):
            changes = write(lab)
            wait_tried(lab, 3)
            assert sum(lab.waiting().values()) == len(changes)
            assert not changes & lab.accounts.read_spy(broker_url=urls(lab, cluster, *rest)).changes
            lab.relay.restart(BROKER_URL=urls(lab, cluster, *rest))
            eventually(lambda: assert_none_waits(lab), within=60)
        if handling == "ignore":  # RabbitMQ 3 says in its manual that a human must choose a side then, and restart it
            first.stop()
        cluster.start()
        cluster.wait_whole(vhost=vhost(lab))


@pytest.mark.fault("F31")
def test_a_rolling_restart_with_drains_and_a_new_policy_need_nobody(lab: Lab, cluster: Cluster) -> None:
    with Workload(lab.admin, clients=1) as work:
        for node in cluster.nodes:
            node.script("rabbitmq-upgrade", "await_online_quorum_plus_one")
            node.script("rabbitmq-upgrade", "drain")
            work.reach(work.writes + 50)
            node.stop()
            work.reach(work.writes + 50)
            node.start()
            cluster.wait_whole(vhost=vhost(lab))
        limits = '{"max-length": 1000000, "delivery-limit": 30}'
        cluster.rabbitmqctl("set_policy", "--vhost", vhost(lab), "--apply-to", "queues", "limits", "^service", limits)
        work.reach(work.writes + 100)
    cluster.rabbitmqctl("clear_policy", "--vhost", vhost(lab), "limits")
    lab.written |= work.last
