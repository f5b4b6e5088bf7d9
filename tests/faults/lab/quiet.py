"""C, the convergence check: after every fault the copies are equal, and nothing was lost, invented or applied twice."""

from tests.e2e.convergence import compare
from tests.e2e.waiting import eventually
from tests.faults.lab.lab import Lab
from tests.faults.lab.queue import Queue

CONVERGE_SECONDS = 90


def converge(lab: Lab, *, within: float = CONVERGE_SECONDS) -> None:
    """Waits for quiet, then checks the accounts."""
    eventually(lambda: assert_quiet(lab), within=within, every=0.2)
    assert_no_drift(lab)
    lab.accounts.assert_clean()


def assert_outbox_empty(lab: Lab) -> None:
    left = lab.waiting()
    assert not left, f"in the outbox are {left}"


def assert_queue_empty(lab: Lab) -> None:
    """What was created and deleted meanwhile shows nowhere, and would be the next test's surprise."""
    left = Queue(lab.broker_url).ready()
    assert not left, f"{left} events wait for service's consumer"


def assert_quiet(lab: Lab) -> None:
    assert_outbox_empty(lab)
    assert_queue_empty(lab)
    stored = lab.dead_letters()
    assert not stored, f"there are {stored} dead letters"


def assert_no_drift(lab: Lab) -> None:
    """What the clients were promised shows on both sides, and service itself finds the copies equal."""
    eventually(lambda: compare(lab, lab.written), within=30, every=0.2)
    code, said = lab.check_drift()
    assert code == 0, said
