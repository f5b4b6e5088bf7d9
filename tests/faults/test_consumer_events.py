"""What arrives more than once, not at all, or cannot be applied: one effect each, and nobody's neighbour pays."""

import json
import signal
from collections.abc import Iterator

import pytest

from tests.e2e.waiting import eventually
from tests.faults.lab import sql
from tests.faults.lab.lab import Lab
from tests.faults.receiving import (
    SAYING_ALL,
    backlog,
    complaints,
    copied,
    create,
    lamps,
    payloads,
    queue_of,
    take_letters,
    wait_outcomes,
    wait_shown,
)

POISON = "Poison"
RAISES = f"replica.projection:apply:before:1-1000:raise:if={POISON}"
KILLS = f"replica.projection:apply:before:if={POISON}"
AROUND = [*lamps(7), POISON, *lamps(8)]


@pytest.mark.smoke
@pytest.mark.fault("F36")
def test_one_event_fifty_times_at_three_consumers_has_one_effect(lab: Lab) -> None:
    consumers = [lab.consumer, lab.another_consumer(), lab.another_consumer()]
    lab.consumer.stop()
    for consumer in consumers:
        consumer.start(wait=False, INBOX_BATCH="1", **SAYING_ALL)
    for consumer in consumers:
        consumer.wait_says("consumer connected")
    lab.relay.stop()
    create(lab, "Lamp")
    [event] = payloads(lab)
    queue_of(lab).publish(*[event] * 50)
    outcomes = wait_outcomes(*consumers, count=50)
    # Each may have looked before the first one committed; that one alone changed the row, as the accounts prove.
    assert outcomes.keys() == {"applied", "duplicate"}
    assert outcomes["applied"] <= len(consumers)
    assert sum("batch applied" in consumer.said() for consumer in consumers) > 1, "one had all of them"
    assert [complaints(consumer) for consumer in consumers] == [[], [], []]


@pytest.mark.smoke
@pytest.mark.fault("F38")
def test_a_version_that_never_arrives_is_not_missed_once_a_newer_one_does(lab: Lab) -> None:
    lab.relay.stop()
    [product] = create(lab, "Lamp")
    lab.written[product["id"]] = lab.admin.patch(product["id"], price="1.00")
    lose_the_newest_event(lab)
    lab.written[product["id"]] = newest = lab.admin.patch(product["id"], title="Lantern")
    lab.relay.start()
    wait_shown(lab, [newest])


@pytest.mark.fault("F38")
def test_a_last_event_that_never_arrives_is_found_as_drift_and_mended(lab: Lab) -> None:
    [product, deleted] = create(lab, "Lamp", "Lamp to be deleted")
    wait_shown(lab, [product, deleted])
    lab.relay.stop()
    lab.written[product["id"]] = lab.admin.patch(product["id"], price="1.00")
    lose_the_newest_event(lab)
    lab.admin.delete(deleted["id"])
    lab.written[deleted["id"]] = None
    lose_the_newest_event(lab)
    lab.relay.start()
    code, said = lab.check_drift()
    assert (code, said["counts"]) == (1, {"stale": 1, "extra": 1})
    code, said = lab.check_drift("--repair")
    assert (code, said["repaired"]) == (0, {"stale": 1, "extra": 1})


def lose_the_newest_event(lab: Lab) -> None:
    """As a queue that is purged loses it, say."""
    query = "SELECT id, payload FROM outbox_outboxevent ORDER BY id DESC LIMIT 1"
    [(number, payload)] = sql.rows(lab.admin_database_url, query)
    data = json.loads(payload)["data"]
    lab.accounts.lost.add((data["id"], data["version"]))
    sql.execute(lab.admin_database_url, f"DELETE FROM outbox_outboxevent WHERE id = {number}")


@pytest.mark.smoke
@pytest.mark.fault("F40")
def test_an_event_that_cannot_be_applied_is_set_aside_and_its_neighbours_are_applied(lab: Lab) -> None:
    products = backlog(lab, *AROUND)
    lab.consumer.start(failpoint=RAISES, wait=False, INBOX_LINGER_SECONDS="1", **SAYING_ALL)
    assert wait_outcomes(lab.consumer, count=16) == {"applied": 15, "rejected": 1}
    assert lab.consumer.said().count("looking for the event at fault") == 1, "in the same round"
    wait_shown(lab, [product for product in products if product["title"] != POISON])
    [letter] = take_letters(lab, 1)
    assert (letter.reason, letter.attempts) == ("unprocessable", 1)
    assert "Injected" in letter.error
    assert json.loads(letter.body)["data"]["title"] == POISON
    assert json.loads(letter.body)["id"] == letter.event_id
    mend(lab)


def mend(lab: Lab) -> None:
    """The cause is gone, and the product's next event carries its whole state."""
    lab.consumer.restart()
    [(poison,)] = sql.rows(lab.admin_database_url, "SELECT id FROM catalogue_product WHERE title = %s", POISON)
    lab.written[poison] = mended = lab.admin.patch(poison, title="Harmless")
    wait_shown(lab, [mended])


@pytest.fixture
def limited(request: pytest.FixtureRequest, lab: Lab) -> Iterator[int]:
    """The queue's delivery limit, lowered by a policy: its own argument says 20."""
    host, ctl = ["--vhost", lab.virtual_host], lab.servers.broker.rabbitmqctl
    ctl("set_policy", *host, "few", "^service.products$", f'{{"delivery-limit":{request.param}}}')
    yield request.param
    ctl("clear_policy", *host, "few")


@pytest.mark.smoke
@pytest.mark.fault("F41")
@pytest.mark.parametrize("limited", [3], indirect=True)
def test_an_event_that_kills_the_consumer_is_set_aside_alone(lab: Lab, limited: int) -> None:
    assert deaths_of_a_supervised_consumer(lab) == limited + 1


@pytest.mark.fault("F41")
def test_an_event_that_kills_the_consumer_is_set_aside_after_the_queues_own_limit(lab: Lab) -> None:
    assert deaths_of_a_supervised_consumer(lab) == 21


def deaths_of_a_supervised_consumer(lab: Lab) -> int:
    """One that is started again whenever it dies, until the event is set aside and all others are applied."""
    products = backlog(lab, *AROUND)
    good = [product for product in products if product["title"] != POISON]
    deaths = 0

    def is_set_aside_alone() -> None:
        nonlocal deaths
        if not lab.consumer.is_running:
            assert lab.consumer.exit_code == -signal.SIGKILL, lab.consumer.log_tail()
            deaths += 1
            lab.consumer.start(failpoint=KILLS, wait=False)
        assert copied(lab, good) == len(good)
        assert lab.dead_letters() == 1

    lab.consumer.start(failpoint=KILLS, wait=False)
    eventually(is_set_aside_alone, within=240)
    wait_shown(lab, good)
    [letter] = take_letters(lab, 1)
    assert letter.reason == "given_up"
    assert json.loads(letter.body)["data"]["title"] == POISON
    mend(lab)
    return deaths
