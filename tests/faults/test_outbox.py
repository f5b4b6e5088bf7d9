"""What stands in the outbox in odd ways: gaps, tables that change, rows of a stranger, a very long queue."""

import re

import pytest

from tests.e2e.figures import Figures
from tests.e2e.waiting import eventually
from tests.e2e.workload import Workload
from tests.faults.lab import sql
from tests.faults.lab.lab import Lab
from tests.faults.lab.labs import Labs
from tests.faults.lab.queue import Queue
from tests.faults.lab.quiet import assert_outbox_empty
from tests.faults.writing import create, fill

STRANGER = """
INSERT INTO outbox_outboxevent (event_id, aggregatetype, aggregateid, type, payload, created_at, attempts, reason, last_error)
VALUES (UUID(), 'product', '1', '{type}', '{payload}', NOW(6), 0, '', '')
"""  # noqa: E501
UPDATED = "lockstep.catalogue.product.updated.v1"
CHANGES = (
    "ALTER TABLE catalogue_product ADD COLUMN colour VARCHAR(20) NOT NULL DEFAULT '', ALGORITHM=COPY",
    "ALTER TABLE outbox_outboxevent ADD COLUMN colour VARCHAR(20) NOT NULL DEFAULT '', ALGORITHM=COPY",
    "CREATE INDEX outbox_colour ON outbox_outboxevent (colour)",
    "DROP INDEX outbox_colour ON outbox_outboxevent",
    "ALTER TABLE catalogue_product DROP COLUMN colour, ALGORITHM=COPY",
    "ALTER TABLE outbox_outboxevent DROP COLUMN colour, ALGORITHM=COPY",
)

BACK = (("admin", "auth", "0010"), ("service", "replica", "0001"))  # steps that are pending again then


@pytest.mark.fault("F8")
def test_gaps_in_the_ids_do_not_hold_the_relay_up(lab: Lab) -> None:
    create(lab, 3)
    with sql.connected(lab.admin_database_url) as connection:
        for _ in range(100):
            connection.query(STRANGER.format(type=UPDATED, payload="never committed"))
            connection.rollback()
    create(lab, 3)
    high = sql.value(lab.admin_database_url, "SELECT COALESCE(MAX(id), 1000) FROM outbox_outboxevent") + 1_000_000
    sql.execute(lab.admin_database_url, f"ALTER TABLE outbox_outboxevent AUTO_INCREMENT = {high}")
    create(lab, 3)
    eventually(lambda: assert_outbox_empty(lab), within=30)


@pytest.mark.fault("F9")
def test_a_change_by_raw_sql_tells_nobody_and_is_found_and_mended_as_drift(lab: Lab) -> None:
    (product,) = create(lab, 1)
    eventually(lambda: lab.service.product(product["id"]), within=30)
    change = "UPDATE catalogue_product SET title = 'Past the ORM' WHERE id = {id}"
    sql.execute(lab.admin_database_url, change.format(**product))
    lab.written[product["id"]] = product | {"title": "Past the ORM"}
    code, said = lab.check_drift()
    assert (code, said["counts"]) == (1, {"different": 1})
    lab.accounts.repaired.add((product["id"], product["version"]))
    code, said = lab.check_drift("--repair")
    assert (code, said["repaired"]) == (0, {"different": 1})
    assert lab.service.product(product["id"])["title"] == "Past the ORM"


@pytest.mark.fault("F11")
def test_tables_that_change_while_clients_write_lose_no_row(lab: Lab) -> None:
    with Workload(lab.admin) as work:
        work.reach(50)
        for statement in CHANGES:
            sql.execute(lab.admin_database_url, statement)
            work.reach(work.writes + 20)
        for service, *goal in BACK:
            migrate(lab, service, *goal)
            work.reach(work.writes + 20)
        lab.migrate()
        work.reach(work.writes + 50)
    lab.written |= work.last


def migrate(lab: Lab, service: str, *goal: str) -> None:
    command = lab.command(service, "migrate", "-v0", *goal)
    command.start(wait=False)
    assert command.wait_ended() == 0, command.log_tail()


@pytest.mark.fault("F32")
def test_a_row_that_is_no_event_becomes_a_dead_letter_and_its_neighbours_flow(lab: Lab) -> None:
    lab.relay.stop()
    create(lab, 2)
    sql.execute(lab.admin_database_url, STRANGER.format(type=UPDATED, payload="no JSON"))
    create(lab, 2)
    lab.relay.start()
    eventually(lambda: assert_outbox_empty(lab), within=30)

    def is_a_dead_letter() -> None:
        found = sql.rows(lab.service_database_url, "SELECT reason, body FROM inbox_deadletter")
        assert found == [("unreadable", b"no JSON")]

    eventually(is_a_dead_letter, within=30)
    sql.execute(lab.service_database_url, "DELETE FROM inbox_deadletter")


MILLION = 1_000_000
CLAIM = """
import time
from django.db import connection
from outbox.batches import claim
list(claim(limit=500))
began = time.monotonic()
assert len(list(claim(limit=500))) == 500
print("claim took", time.monotonic() - began)
with connection.cursor() as cursor:
    cursor.execute("EXPLAIN " + connection.queries[-1]["sql"])
    print("claim uses", cursor.fetchone())
"""
DRAINED = 200_000
MIB = 1024 * 1024


@pytest.mark.fault("F12")
@pytest.mark.timeout(600)
def test_a_million_waiting_events_cost_no_memory_and_the_web_no_time(labs: Labs, measured: Figures) -> None:
    lab = labs.new(OUTBOX_POLL_SECONDS="0.1")
    create(lab, 20)
    eventually(lambda: assert_outbox_empty(lab), within=30)
    usual, idle = lab.relay.memory(), lab.consumer.memory()
    lab.consumer.stop()
    lab.relay.stop()
    create(lab, 1)
    fill(lab.admin_database_url, MILLION)
    assert_claim_is_fast(lab, measured)
    lab.relay.start()
    highest, slowest = usual, 0.0
    while waiting(lab) > MILLION - DRAINED:
        answer = lab.admin.request("POST", "/api/products", {"title": "Lamp"})
        assert answer.status == 201
        highest, slowest = max(highest, lab.relay.memory()), max(slowest, answer.seconds)
    measured.add("MiB of the relay, usual and with a million waiting", f"{usual / MIB:.0f}, {highest / MIB:.0f}")
    measured.add("seconds of the slowest POST meanwhile", f"{slowest:.2f}")
    assert highest < usual + 64 * MIB
    assert slowest < 5
    lab.relay.stop()
    busy = memory_while_draining(lab)
    measured.add("MiB of the consumer, usual and draining", f"{idle / MIB:.0f}, {busy / MIB:.0f}")
    assert busy < idle + 64 * MIB


def memory_while_draining(lab: Lab) -> int:
    """The most bytes that the consumer held until the queue was empty."""
    queue = Queue(lab.broker_url)
    assert queue.ready() >= DRAINED
    lab.consumer.start()
    highest = 0

    def is_drained() -> None:
        nonlocal highest
        highest = max(highest, lab.consumer.memory())
        assert queue.ready() == 0

    eventually(is_drained, within=200, every=0.2)
    return highest


def waiting(lab: Lab) -> int:
    """By the ids that are left: to count a million rows takes its time."""
    return int(sql.value(lab.admin_database_url, "SELECT MAX(id) - MIN(id) FROM outbox_outboxevent"))


def assert_claim_is_fast(lab: Lab, measured: Figures) -> None:
    command = lab.command("admin", "shell", "-c", CLAIM)
    command.start(wait=False)
    assert command.wait_ended() == 0, command.log_tail()
    took = re.search(r"claim took ([0-9.]+)", command.said())
    assert took, command.log_tail()
    measured.add("ms of a claim of 500 among a million", f"{float(took[1]) * 1000:.0f}")
    assert float(took[1]) < 1
    assert "'PRIMARY'" in command.said()
    assert "filesort" not in command.said()
