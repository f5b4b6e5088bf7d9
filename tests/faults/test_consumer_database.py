"""Service's database is away, or hangs up: the consumer waits, makes no dead letter and burns hardly a delivery."""

import contextlib
import time
from collections.abc import Iterator

import pytest

from tests.e2e.waiting import eventually
from tests.faults.lab import sql
from tests.faults.lab.lab import Lab
from tests.faults.lab.servers import down, paused
from tests.faults.receiving import SAYING_ALL, backlog, create, lamps, queue_of, wait_outcomes, wait_shown

OPEN = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"


@pytest.mark.fault("F39")
@pytest.mark.parametrize("seconds", [pytest.param(2, marks=pytest.mark.smoke), 30])
def test_a_batch_is_held_through_an_outage_of_the_database(lab: Lab, seconds: int) -> None:
    lab.consumer.restart(**SAYING_ALL)
    wait_shown(lab, create(lab, "Lamp"))  # it takes many at a time from now on
    with down(lab.servers.service_database, by="kill"):
        create(lab, *lamps(10))
        lab.consumer.wait_says("consumer holds a batch")
        ends = time.monotonic() + seconds
        eventually(lambda: over(ends), within=seconds + 10)
    assert wait_outcomes(lab.consumer, count=11) == {"applied": 11}
    assert lab.consumer.said().count("consumer connected") == 1, "no message went back"


def over(moment: float) -> None:
    assert time.monotonic() > moment


@pytest.mark.fault("F39")
def test_a_batch_held_too_long_goes_back_once_and_nobody_subscribes_until_the_database_answers(lab: Lab) -> None:
    lab.consumer.restart(INBOX_HOLD_SECONDS="1", **SAYING_ALL)
    with down(lab.servers.service_database, by="kill"):
        create(lab, *lamps(3))
        lab.consumer.wait_says("consumer waits for database", times=4)
        assert queue_of(lab).ready() == 3
        assert queue_of(lab).consumers() == 0
        assert queue_of(lab).deliveries() == 1, "of twenty"
    assert wait_outcomes(lab.consumer, count=3) == {"applied": 3}
    assert lab.consumer.said().count("consumer connected") == 2


@pytest.mark.fault("F39")
def test_a_paused_database_is_waited_for_too(lab: Lab) -> None:
    lab.consumer.restart(**SAYING_ALL)
    with paused(lab.servers.service_database):
        create(lab, *lamps(3))
        lab.consumer.wait_says("consumer holds a batch")
    assert wait_outcomes(lab.consumer, count=3) == {"applied": 3}


@pytest.mark.fault("F47")
def test_connections_killed_between_two_batches_are_not_noticed(lab: Lab) -> None:
    lab.consumer.restart(**SAYING_ALL)
    wait_shown(lab, create(lab, "Lamp"))
    kill_connections(lab)
    create(lab, "Lamp")
    assert wait_outcomes(lab.consumer, count=2) == {"applied": 2}
    assert "consumer holds a batch" not in lab.consumer.said()


@pytest.mark.fault("F47")
def test_a_connection_killed_in_the_middle_of_a_batch_costs_a_second_try(lab: Lab) -> None:
    backlog(lab, *lamps(5))
    lab.consumer.start(failpoint="replica.projection:apply:after:2:pause", wait=False, **SAYING_ALL)
    lab.consumer.wait_says("failpoint")
    kill_connections(lab)
    lab.consumer.resume()
    assert wait_outcomes(lab.consumer, count=5) == {"applied": 5}
    assert lab.consumer.said().count("consumer holds a batch") == 1
    assert lab.consumer.said().count("consumer connected") == 1


@pytest.mark.fault("F47")
def test_a_connection_that_the_database_ended_for_idleness_is_not_noticed(lab: Lab) -> None:
    kill_connections(lab)  # of the web, whose patience would be the old one
    with patience(lab, seconds=1):
        lab.consumer.restart(**SAYING_ALL)
        wait_shown(lab, create(lab, "Lamp"))
        eventually(lambda: nobody_is_connected(lab), within=30)
        create(lab, "Lamp")
        assert wait_outcomes(lab.consumer, count=2) == {"applied": 2}
    assert "consumer holds a batch" not in lab.consumer.said()


def kill_connections(lab: Lab) -> None:
    """Those of the web are killed along: it is not noticed there either."""
    url = lab.service_database_url
    for (number,) in sql.rows(url, OPEN):
        with contextlib.suppress(OSError, sql.MySQLdb.Error):  # it has ended meanwhile
            sql.execute(url, f"KILL {number}")
    eventually(lambda: nobody_is_connected(lab), within=30)


def nobody_is_connected(lab: Lab) -> None:
    assert sql.rows(lab.service_database_url, OPEN) == []


@contextlib.contextmanager
def patience(lab: Lab, *, seconds: int) -> Iterator[None]:
    """For connections made meanwhile."""
    url = lab.service_database_url
    before = sql.value(url, "SELECT @@GLOBAL.wait_timeout")
    sql.execute(url, f"SET GLOBAL wait_timeout = {seconds}")
    try:
        yield
    finally:
        sql.execute(url, f"SET GLOBAL wait_timeout = {before}")
