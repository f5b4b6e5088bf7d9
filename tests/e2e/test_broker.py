"""Admin never waits for the broker: what is written while there is none arrives by itself afterwards."""

import time
from statistics import median

from tests.e2e.client import Product
from tests.e2e.convergence import assert_converges
from tests.e2e.figures import Figures
from tests.e2e.stacks import StackWithBroker
from tests.e2e.workload import Workload, kill_in_the_middle

BACK_SECONDS = 90  # RabbitMQ takes its time to start, and whoever waits for it looks every 10 s
WRITES = 30


def write(stack: StackWithBroker) -> tuple[dict[int, Product | None], list[float]]:
    """Creates, changes and deletes; what came of it, and how long each took."""
    written: dict[int, Product | None] = {}
    seconds = []
    for number in range(WRITES):
        answer = stack.admin.request("POST", "/api/products", {"title": f"Lamp {number}", "price": number})
        assert answer.status == 201
        seconds.append(answer.seconds)
        product = answer.json
        if number % 3 == 1:
            product = stack.admin.patch(product["id"], price=None)
        if number % 3 == 2:
            stack.admin.delete(product["id"])
        written[product["id"]] = None if number % 3 == 2 else product
    return written, seconds


def test_without_a_broker_admin_answers_as_fast_and_the_events_arrive_when_it_is_back(
    stack: StackWithBroker, measured: Figures
) -> None:
    settled, before = write(stack)
    assert_converges(stack, settled, within=20)
    with stack.broker_down("stop"):
        written, without = write(stack)
        stack.admin.assert_ready()
        stack.service.assert_ready()
        for product_id in written:
            stack.service.assert_has_not(product_id)
        began = time.monotonic()
    assert_converges(stack, settled | written, within=BACK_SECONDS)
    measured.add("seconds of a POST, broker up and down", f"{median(before):.4f}, {median(without):.4f}")
    measured.add("seconds from starting the broker again to equal copies", f"{time.monotonic() - began:.1f}")
    assert max(without) < 2
    assert median(without) < 5 * median(before) + 0.05


def test_nothing_is_lost_when_the_broker_is_killed_in_the_middle_of_writes(stack: StackWithBroker) -> None:
    with Workload(stack.admin) as work:
        work.reach(100)
        with stack.broker_down("kill"):
            work.reach(work.writes + 100)
        work.reach(work.writes + 100)
    assert_converges(stack, work.last, within=BACK_SECONDS)


def test_nothing_is_lost_when_the_relay_is_killed_in_the_middle_of_300_writes(stack: StackWithBroker) -> None:
    work = kill_in_the_middle(stack, "relay")
    assert_converges(stack, work.last, within=60)
