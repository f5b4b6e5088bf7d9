"""The link to the broker is half-open, cut at any byte, or slow."""

from collections.abc import Callable

import pytest

from tests.e2e.figures import Figures
from tests.e2e.waiting import eventually
from tests.faults.lab.lab import Lab
from tests.faults.lab.programs import Program
from tests.faults.lab.proxy import Direction, Proxy
from tests.faults.lab.quiet import assert_outbox_empty
from tests.faults.writing import create

HEARTBEAT_SECONDS = 2
NOTICED_SECONDS = 2 * (HEARTBEAT_SECONDS + 5) + 8  # pika looks 5 s after each heartbeat, the first look may find bytes
NOTHING_ELSE_NOTICES = {"OUTBOX_CONFIRM_SECONDS": "300"}


def connect_through(
    proxy: Proxy, program: Program, *, says: str, heartbeat: int = HEARTBEAT_SECONDS, **settings: str
) -> None:
    program.restart(BROKER_URL=f"{proxy.url}?heartbeat={heartbeat}", **settings)
    program.wait_says(says)


@pytest.mark.fault("F28")
@pytest.mark.parametrize("events", [0, 5], ids=["idle", "publishing"])
def test_a_half_open_connection_of_the_relay_is_noticed_by_heartbeats(lab: Lab, events: int) -> None:
    proxy = lab.proxy(lab.broker_url)
    connect_through(proxy, lab.relay, says="relay connected to broker", **NOTHING_ELSE_NOTICES)
    proxy.forget()
    create(lab, events)
    lab.relay.wait_says("waits for broker" if events else "relay lost the broker", within=NOTICED_SECONDS)
    create(lab, 5)
    eventually(lambda: assert_outbox_empty(lab), within=30)


@pytest.mark.fault("F28")
def test_a_half_open_connection_of_the_consumer_is_noticed_by_heartbeats(lab: Lab) -> None:
    proxy = lab.proxy(lab.broker_url)
    connect_through(proxy, lab.consumer, says="consumer connected")
    proxy.forget()
    lab.consumer.wait_says("consumer waits for its source", within=NOTICED_SECONDS)
    create(lab, 5)


def cut_at_each(way: Direction, lab: Lab, *, byte: range, arrived: Callable[[int], None]) -> None:
    """One product for each byte at which the connection ends."""
    for way.cut_after in byte:
        (product,) = create(lab, 1)
        eventually(lambda: arrived(product["id"]), within=60)  # noqa: B023  called within its round


def cuts(proxy: Proxy, length: int) -> str:
    made = f"{proxy.to_server.cuts} to the broker and {proxy.to_client.cuts} from it"
    return f"{made}, {proxy.connections} connections, over {length} and 21 bytes"


def assert_cut(proxy: Proxy, *, sent: int, received: int) -> None:
    """As many as were wanted, but for the last few: the event may have arrived with fewer bytes than were measured."""
    assert sent - 3 <= proxy.to_server.cuts <= sent
    assert received - 3 <= proxy.to_client.cuts <= received
    assert proxy.connections >= proxy.to_server.cuts + proxy.to_client.cuts


@pytest.mark.fault("F29")
def test_a_connection_cut_anywhere_in_publish_and_confirm_loses_nothing(lab: Lab, measured: Figures) -> None:
    proxy = lab.proxy(lab.broker_url)
    connect_through(proxy, lab.relay, says="relay connected to broker", heartbeat=60)
    passed = proxy.to_server.passed
    create(lab, 1)

    def gone(_: int = 0) -> None:
        assert_outbox_empty(lab)

    eventually(gone, within=30)
    length = proxy.to_server.passed - passed
    cut_at_each(proxy.to_server, lab, byte=range(0, length + 1, 29), arrived=gone)
    cut_at_each(proxy.to_client, lab, byte=range(0, 22), arrived=gone)
    measured.add("cuts in publish and confirm", cuts(proxy, length))
    assert_cut(proxy, sent=len(range(0, length + 1, 29)), received=22)


@pytest.mark.fault("F29")
def test_a_connection_cut_anywhere_in_delivery_and_ack_loses_nothing(lab: Lab, measured: Figures) -> None:
    proxy = lab.proxy(lab.broker_url)
    connect_through(proxy, lab.consumer, says="consumer connected", heartbeat=60)
    passed = proxy.to_client.passed
    (product,) = create(lab, 1)
    eventually(lambda: lab.service.product(product["id"]), within=30)
    length = proxy.to_client.passed - passed
    cut_at_each(proxy.to_client, lab, byte=range(0, length, 41), arrived=lambda one: lab.service.product(one))
    cut_at_each(proxy.to_server, lab, byte=range(0, 22), arrived=lambda one: lab.service.product(one))
    measured.add("cuts in delivery and ack", cuts(proxy, length))
    assert_cut(proxy, sent=22, received=len(range(0, length, 41)))


@pytest.mark.fault("F30")
def test_a_distant_broker_costs_time_once_and_not_for_each_event(lab: Lab, measured: Figures) -> None:
    lab.relay.stop()
    create(lab, 300)
    proxy = lab.proxy(lab.broker_url)
    proxy.to_server.delay_seconds = proxy.to_client.delay_seconds = 0.2
    connect_through(proxy, lab.relay, says="relay connected to broker", heartbeat=5)
    eventually(lambda: assert_outbox_empty(lab), within=60)  # one by one it would be 120 s
    assert "waits for broker" not in lab.relay.said()


@pytest.mark.fault("F30")
def test_a_slow_link_is_not_taken_for_a_dead_one(lab: Lab) -> None:
    lab.relay.stop()
    create(lab, 250)  # 20 s
    proxy = lab.proxy(lab.broker_url)
    proxy.to_server.bytes_per_second = proxy.to_client.bytes_per_second = 10_000
    connect_through(proxy, lab.relay, says="relay connected to broker", heartbeat=5)
    eventually(lambda: assert_outbox_empty(lab), within=90)
    assert "waits for broker" not in lab.relay.said()
    assert "lost the broker" not in lab.relay.said()
