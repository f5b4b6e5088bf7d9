"""The relay dies, pauses, or has company: what was committed goes out all the same."""

import pytest

from tests.faults.lab.lab import DEFAULTS, Lab


def write(lab: Lab, count: int) -> list[int]:
    """Creates products; converging afterwards is the fixture's to assert."""
    products = [lab.admin.create(title=f"Lamp {number}", price=f"{number}.50") for number in range(count)]
    lab.written |= {product["id"]: product for product in products}
    return [product["id"] for product in products]


@pytest.mark.smoke
@pytest.mark.fault("F13")
def test_what_was_confirmed_and_not_deleted_is_published_again_and_changes_nothing(lab: Lab) -> None:
    lab.relay.restart(failpoint="outbox.relay:Relay._settle:before")
    write(lab, 20)
    lab.relay.wait_ended()
    lab.relay.start()
    lab.relay.wait_says("relay is active")


@pytest.mark.smoke
@pytest.mark.fault("F14")
def test_a_claim_of_a_killed_relay_is_free_after_its_lease(lab: Lab) -> None:
    lab.relay.stop()
    first, second = lab.another_relay(), lab.another_relay()
    first.start(**DEFAULTS)
    first.wait_says("relay is active")
    second.start(**DEFAULTS)
    second.wait_says("relay stands by")
    write(lab, 5)
    first.kill()
    second.wait_says("relay is active", within=30)
