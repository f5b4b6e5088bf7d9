"""What is on its way is not told for drift, wherever it is."""

import pytest

from tests.e2e.waiting import eventually
from tests.faults.lab.lab import Lab
from tests.faults.lab.queue import Queue
from tests.faults.writing import create


@pytest.mark.fault("F38")
def test_what_a_mute_consumer_has_in_hand_is_on_its_way_and_no_drift(lab: Lab) -> None:
    """The broker takes it back once it misses the consumer's heartbeats."""
    lab.consumer.restart(BROKER_URL=f"{lab.broker_url}?heartbeat=1")
    queue = Queue(lab.broker_url)
    eventually(lambda: queue_has_consumer(queue), within=20)
    with lab.consumer.paused():
        create(lab, 5)
        eventually(lambda: none_waits(lab, queue), within=20)
        code, said = lab.check_drift("--wait", "1")
    assert (code, said["verdict"], said["counts"]) == (3, "unknown", {})


def queue_has_consumer(queue: Queue) -> None:
    assert queue.consumers() == 1


def none_waits(lab: Lab, queue: Queue) -> None:
    """It is in the consumer's hand, as far as outbox and queue can tell."""
    assert lab.waiting() == {}
    assert queue.ready() <= 4  # one in hand, since a new connection takes one at a time
