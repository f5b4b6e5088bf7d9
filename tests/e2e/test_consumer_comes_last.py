"""Admin may be there long before anybody consumes: its events wait, visibly, until there is a queue."""

from tests.e2e.client import Product
from tests.e2e.convergence import assert_converges
from tests.e2e.stacks import StackWithoutConsumer
from tests.e2e.waiting import eventually


def test_events_wait_as_unroutable_until_the_first_consumer_has_declared_its_queue(
    stack_without_consumer: StackWithoutConsumer,
) -> None:
    stack = stack_without_consumer
    written: dict[int, Product | None] = {}
    for number in range(20):
        product = stack.admin.create(title=f"Early {number}")
        written[product["id"]] = product
    gone = stack.admin.create(title="Early and gone")["id"]
    stack.admin.delete(gone)
    written[gone] = None

    def all_wait() -> None:
        assert stack.waiting() == {"unroutable": 22}

    eventually(all_wait, within=30, every=0.2)
    assert stack.service.count() == 0
    stack.start_consumer()
    assert_converges(stack, written, within=40)

    def none_waits() -> None:
        assert stack.waiting() == {}

    eventually(none_waits, within=20, every=0.2)
