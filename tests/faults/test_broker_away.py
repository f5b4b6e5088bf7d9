"""The broker is down, hangs, dies or blocks: admin answers as ever, and everything arrives afterwards."""

import json
from statistics import median

import pytest

from tests.e2e.figures import Figures
from tests.e2e.waiting import eventually
from tests.e2e.workload import Workload
from tests.faults.lab.lab import Lab
from tests.faults.lab.quiet import assert_outbox_empty
from tests.faults.lab.servers import down, paused
from tests.faults.receiving import backlog, lamps, wait_shown
from tests.faults.writing import change, create

REQUESTS = 200
NO_REQUEST_WAITS_SECONDS = 5  # for a broker it would be 15 at least
MEMORY = ("set_vm_memory_high_watermark", "0.0000001", "0.4")
WAITS = "relay waits for broker"
DISK = ("set_disk_free_limit", "1000000GB", "50MB")


def assert_as_fast(measured: Figures, what: str, before: list[float], without: list[float]) -> None:
    figures = f"{median(before) * 1000:.1f}, {median(without) * 1000:.1f}, {max(without) * 1000:.1f}"
    measured.add(f"ms of a write: median with a broker, median and longest with it {what}", figures)
    assert max(without) < NO_REQUEST_WAITS_SECONDS
    assert median(without) < 5 * median(before) + 0.05


@pytest.mark.smoke
@pytest.mark.fault("F1")
def test_no_write_waits_for_a_broker_that_is_down(lab: Lab, measured: Figures) -> None:
    before = change(lab, REQUESTS)
    lab.servers.broker.sync()
    with down(lab.servers.broker):
        without = change(lab, REQUESTS)
        lab.relay.wait_says(WAITS)
        assert lab.waiting()
        lab.admin.assert_ready()
    assert_as_fast(measured, "down", before, without)


@pytest.mark.smoke
@pytest.mark.fault("F1")
def test_no_write_waits_for_a_broker_that_hangs(lab: Lab, measured: Figures) -> None:
    lab.relay.restart(OUTBOX_CONFIRM_SECONDS="2")
    before = change(lab, REQUESTS)
    lab.relay.forget()
    with paused(lab.servers.broker):
        without = change(lab, REQUESTS)
        lab.relay.wait_says(WAITS)
        assert lab.waiting()
        lab.admin.assert_ready()
    assert_as_fast(measured, "paused", before, without)


@pytest.mark.fault("F17")
def test_relay_and_consumer_find_a_killed_broker_again_by_waits_that_grow_and_differ(lab: Lab) -> None:
    with Workload(lab.admin) as work:
        work.reach(50)
        lab.servers.broker.sync()
        with down(lab.servers.broker, by="kill"):
            lab.relay.wait_says("relay waits for broker", times=3)
            lab.consumer.wait_says("consumer waits for its source", times=3)
        work.reach(work.writes + 50)
    lab.written |= work.last
    for program in (lab.relay, lab.consumer):
        waits = [line["retry_in_seconds"] for line in map(json.loads, program.said().splitlines()) if "attempt" in line]
        assert waits[0] < 1 <= max(waits) <= 2, f"{program.name} waits {waits}"
        assert len(set(waits)) > 1, f"{program.name} waits {waits}"


@pytest.mark.fault("F22")
@pytest.mark.parametrize("alarm", [pytest.param(MEMORY, id="memory"), pytest.param(DISK, id="disk")])
def test_a_broker_that_blocks_publishers_is_named_and_waited_for_without_spinning(
    lab: Lab, alarm: tuple[str, str, str]
) -> None:
    command, low, usual = alarm
    lab.relay.restart(OUTBOX_CONFIRM_SECONDS="1")
    in_queue = backlog(lab, *lamps(20))
    lab.servers.broker.rabbitmqctl(command, low)
    try:
        create(lab, 20)
        lab.relay.wait_says("broker blocks publishing", times=2)
        used, attempts = lab.relay.cpu_seconds(), lab.relay.said().count("relay waits for broker")
        lab.relay.wait_says("relay waits for broker", times=attempts + 2)  # at least 1 s and a wait each
        assert lab.relay.cpu_seconds() - used < 1
        lab.consumer.start()
        wait_shown(lab, in_queue)
        assert lab.waiting() == {"": 20}
        assert lab.relay.is_running
    finally:
        lab.servers.broker.rabbitmqctl(command, usual)
    eventually(lambda: assert_outbox_empty(lab), within=30)
