"""Queues that are not bound, or full."""

import json
from datetime import datetime
from itertools import pairwise
from urllib.parse import urlsplit

import pytest

from tests.e2e.waiting import eventually
from tests.faults.lab import amqp
from tests.faults.lab.lab import Lab
from tests.faults.lab.quiet import assert_no_drift, assert_outbox_empty
from tests.faults.writing import create

ROOM = 5
STAY = "events stay in the outbox"


@pytest.mark.fault("F23")
def test_one_missing_binding_among_several_is_found_and_mended_as_drift(lab: Lab) -> None:
    eventually(lambda: assert_no_drift(lab), within=30)
    with amqp.channel(lab.broker_url) as channel:
        channel.queue_unbind(amqp.QUEUE, amqp.EXCHANGE, "product.*")
        create(lab, 3)
        eventually(lambda: assert_outbox_empty(lab), within=30)  # the other queue has them: no publisher can tell
        code, said = lab.check_drift()
        assert (code, said["counts"]) == (1, {"missing": 3})
        code, said = lab.check_drift("--repair")
        assert (code, said["repaired"]) == (0, {"missing": 3})
        channel.queue_bind(amqp.QUEUE, amqp.EXCHANGE, "product.*")
    create(lab, 1)


@pytest.mark.fault("F24")
def test_what_a_full_queue_refuses_waits_and_is_tried_again_ever_later(lab: Lab) -> None:
    vhost = urlsplit(lab.broker_url).path.lstrip("/")
    policy = json.dumps({"max-length": ROOM})
    lab.consumer.stop()
    create(lab, ROOM + 1)
    eventually(lambda: assert_outbox_empty(lab), within=30)
    lab.relay.stop()
    create(lab, 10 * ROOM)
    broker = lab.servers.broker
    broker.rabbitmqctl("set_policy", "--vhost", vhost, "full", r"^service\.products$", policy, "--apply-to", "queues")
    try:
        lab.relay.start(OUTBOX_RETRY_MAX_SECONDS="10")
        lab.relay.wait_says(STAY, times=5)
        assert lab.waiting()["nacked"] > ROOM
        assert_ever_later(lab)
        assert "relay waits for broker" not in lab.relay.said()
    finally:
        broker.rabbitmqctl("clear_policy", "--vhost", vhost, "full")


def assert_ever_later(lab: Lab) -> None:
    """Each wait is at least the shortest that jitter leaves of twice the one before; a busy machine makes it longer."""
    lines = [json.loads(line) for line in lab.relay.said().splitlines() if STAY in line]
    times = [datetime.fromisoformat(line["timestamp"]) for line in lines]
    waits = [(later - sooner).total_seconds() for sooner, later in pairwise(times)]
    assert all(wait > 0.25 * 2**tries * 0.7 for tries, wait in enumerate(waits, start=1)), waits
