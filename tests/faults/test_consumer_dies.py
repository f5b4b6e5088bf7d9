"""The consumer dies, or is told to end, in the middle of a batch: nothing is lost, and nothing takes effect twice."""

import re
import signal
from collections import Counter

import pytest

from tests.e2e.stacks.processes import ROOT
from tests.faults.lab.lab import Lab
from tests.faults.receiving import SAYING_ALL, backlog, copied, lamps, wait_outcomes

[GRACE_SECONDS] = map(int, re.findall(r"stop_grace_period: (\d+)s", (ROOT / "docker-compose.yml").read_text()))


@pytest.mark.fault("F34")
@pytest.mark.parametrize("batch", [1, pytest.param(2, marks=pytest.mark.smoke)])
def test_a_batch_committed_and_not_acknowledged_comes_again_and_changes_nothing(lab: Lab, batch: int) -> None:
    products = backlog(lab, *lamps(20))
    lab.consumer.start(failpoint=f"inbox.consumer:Consumer._apply:after:{batch}", wait=False)
    assert lab.consumer.wait_ended() == -signal.SIGKILL
    committed, acknowledged = copied(lab, products), batch - 1  # the first batch is always of one
    assert committed > acknowledged
    lab.consumer.start(**SAYING_ALL)
    outcomes = wait_outcomes(lab.consumer, count=20 - acknowledged)
    assert outcomes == Counter(duplicate=committed - acknowledged, applied=20 - committed)


@pytest.mark.fault("F35")
@pytest.mark.parametrize("batch", [1, pytest.param(2, marks=pytest.mark.smoke)])
def test_a_batch_killed_before_its_commit_leaves_nothing_and_is_applied_once(lab: Lab, batch: int) -> None:
    products = backlog(lab, *lamps(20))
    lab.consumer.start(failpoint=f"replica.projection:apply:after:{batch}", wait=False)
    assert lab.consumer.wait_ended() == -signal.SIGKILL
    assert copied(lab, products) == batch - 1
    lab.consumer.start(**SAYING_ALL)
    assert wait_outcomes(lab.consumer, count=21 - batch) == {"applied": 21 - batch}


@pytest.mark.fault("F44")
def test_sigterm_in_the_middle_of_a_slow_batch_finishes_it_in_time_and_gives_the_others_back(lab: Lab) -> None:
    products = backlog(lab, *lamps(20))
    lab.consumer.start(failpoint="replica.projection:apply:after:2:pause", wait=False, INBOX_BATCH="5")
    lab.consumer.wait_says("failpoint")
    lab.consumer.signal(signal.SIGTERM)
    lab.consumer.resume()
    assert lab.consumer.wait_ended(within=GRACE_SECONDS) == 0
    done = copied(lab, products)
    assert 2 <= done <= 6, "the first one and the batch under way"
    lab.consumer.start(**SAYING_ALL)
    assert wait_outcomes(lab.consumer, count=20 - done) == {"applied": 20 - done}


@pytest.mark.fault("F44")
def test_sigterm_in_the_middle_of_a_batch_of_the_relay_settles_it_in_time_and_nothing_goes_out_twice(lab: Lab) -> None:
    lab.relay.restart(failpoint="outbox.relay:Relay._settle:before:pause")
    before = lab.accounts.read_spy().duplicates
    lab.admin.create(title="Lamp")
    lab.relay.wait_says("failpoint")
    lab.relay.signal(signal.SIGTERM)
    lab.relay.resume()
    assert lab.relay.wait_ended(within=GRACE_SECONDS) == 0
    assert lab.waiting() == {}
    assert lab.accounts.read_spy().duplicates == before
