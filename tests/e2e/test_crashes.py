"""Processes killed with -9 in the middle of writes come back by themselves, and nothing is lost or there twice."""

from tests.e2e.convergence import assert_converges
from tests.e2e.stacks import Stack
from tests.e2e.workload import kill_in_the_middle

CONVERGE_SECONDS = 60


def test_nothing_is_lost_when_the_consumer_is_killed_in_the_middle_of_300_writes(stack: Stack) -> None:
    work = kill_in_the_middle(stack, "consumer")
    assert_converges(stack, work.last, within=CONVERGE_SECONDS)


def test_nothing_that_was_answered_is_lost_when_admin_is_killed_in_the_middle_of_300_writes(stack: Stack) -> None:
    work = kill_in_the_middle(stack, "admin", may_fail=True)
    assert_converges(stack, work.last, within=CONVERGE_SECONDS)


def test_service_still_answers_and_catches_up_after_its_web_is_killed_in_the_middle_of_300_writes(
    stack: Stack,
) -> None:
    work = kill_in_the_middle(stack, "service")
    assert_converges(stack, work.last, within=CONVERGE_SECONDS)
