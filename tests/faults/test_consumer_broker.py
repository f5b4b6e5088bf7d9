"""The broker takes a queue, a channel or a connection from the consumer: it notices, and is there again."""

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.e2e.waiting import eventually
from tests.faults.lab.lab import PATIENCE, Lab
from tests.faults.lab.queue import DEAD_QUEUE
from tests.faults.receiving import (
    SAYING_ALL,
    backlog,
    complaints,
    create,
    lamps,
    outcomes,
    queue_of,
    take_letters,
    wait_shown,
)

SLOW = "inbox.processor:Processor._commit:before:2:pause"
POOR, SECRET = "poor", "hunter2"  # a user with fewer rights than a consumer needs
OWN = r"^service\."
SECONDS = 1000  # in one, as RabbitMQ counts


@pytest.fixture
def impatient(lab: Lab) -> Iterator[Lab]:
    """The broker waits two seconds for an ack, and not half an hour."""
    set_patience(lab, consumer_timeout=2 * SECONDS, channel_tick_interval=SECONDS)
    yield lab
    set_patience(lab, consumer_timeout=1800 * SECONDS, channel_tick_interval=60 * SECONDS)


def set_patience(lab: Lab, **milliseconds: int) -> None:
    """For channels that are opened from now on."""
    for name, value in milliseconds.items():
        lab.servers.broker.rabbitmqctl("eval", f"application:set_env(rabbit, {name}, {value}).")


@pytest.mark.smoke
@pytest.mark.fault("F42")
def test_a_batch_slower_than_the_brokers_patience_comes_again_and_the_consumer_goes_on(impatient: Lab) -> None:
    lab = impatient
    backlog(lab, *lamps(5))
    lab.consumer.start(failpoint=SLOW, wait=False, **SAYING_ALL)
    lab.consumer.wait_says("failpoint")
    eventually(lambda: has_lost_its_patience(lab), within=60)
    lab.consumer.resume()
    lab.consumer.wait_says("delivery acknowledgement on channel 1 timed out")
    lab.consumer.wait_says("consumer connected", times=2)
    assert_what_was_in_hand_came_again(lab)


@pytest.mark.fault("F42")
def test_a_batch_slower_than_the_heartbeat_comes_again_and_the_consumer_goes_on(lab: Lab) -> None:
    backlog(lab, *lamps(5))
    lab.consumer.start(failpoint=SLOW, wait=False, BROKER_URL=f"{lab.broker_url}?heartbeat=1", **SAYING_ALL)
    lab.consumer.wait_says("failpoint")
    eventually(lambda: given_back(lab, 4), within=60)
    lab.consumer.resume()
    lab.consumer.wait_says("consumer connected", times=2)
    assert_what_was_in_hand_came_again(lab)


def assert_what_was_in_hand_came_again(lab: Lab) -> None:
    """The five are applied, each once. The batch had one to four of them, as the broker had sent them by then."""

    def all_are_there() -> None:
        found = outcomes(lab.consumer)
        assert (found["applied"], found["duplicate"] > 0) == (5, True), f"outcomes so far: {found}"

    eventually(all_are_there, within=60)
    assert outcomes(lab.consumer)["duplicate"] <= 4


def has_lost_its_patience(lab: Lab) -> None:
    assert "delivery acknowledgement" in lab.servers.broker.log_tail()


def given_back(lab: Lab, messages: int) -> None:
    assert queue_of(lab).ready() == messages


@pytest.mark.smoke
@pytest.mark.fault("F43")
def test_a_deleted_queue_is_declared_and_consumed_again(lab: Lab) -> None:
    lab.consumer.restart()
    queue_of(lab).delete()
    lab.consumer.wait_says("cancelled the consumer: queue service.products was deleted")
    lab.consumer.wait_says("consumer connected", times=2, within=20)
    wait_shown(lab, create(lab, "Lamp"))


@pytest.mark.fault("F43")
def test_a_queue_deleted_in_the_middle_of_a_batch_is_declared_and_consumed_again(lab: Lab) -> None:
    backlog(lab, *lamps(5))
    lab.consumer.start(failpoint=SLOW, wait=False)
    lab.consumer.wait_says("failpoint")
    queue_of(lab).delete()
    lab.consumer.resume()
    lab.consumer.wait_says("consumer connected", times=2, within=20)
    wait_shown(lab, create(lab, "Lamp"))
    code, said = lab.check_drift("--repair")
    assert (code, set(said["repaired"])) in [(0, set()), (0, {"missing"})], "events that were in the queue are gone"


@pytest.mark.fault("F49")
def test_what_should_go_to_a_dead_letter_queue_that_is_missing_stays_until_it_is_there(lab: Lab) -> None:
    """The broker looks again after three minutes by itself, here after one second."""
    name = "dead_letter_worker_publisher_confirm_timeout"
    set_patience(lab, **{name: SECONDS})
    lab.consumer.stop()
    queue_of(lab).delete()
    lab.consumer.start()  # the broker's worker of a new queue reads it
    lab.consumer.stop()
    queue_of(lab).delete(DEAD_QUEUE)
    queue_of(lab).publish(b"killer")
    queue_of(lab).refuse()
    lab.consumer.start()
    [letter] = take_letters(lab, 1)
    assert (letter.body, letter.reason) == (b"killer", "given_up")
    set_patience(lab, **{name: 180 * SECONDS})


@pytest.mark.fault("F26")
@pytest.mark.parametrize(
    ("own", "refused"),
    [("", "service.dead"), (OWN, "catalogue.events")],
    ids=["no rights", "no right to read the exchange"],
)
def test_a_consumer_without_its_permissions_says_in_one_line_which_it_needs_and_tries_slowly(
    lab: Lab, own: str, refused: str
) -> None:
    url = user_who_may(lab, configure=own, write=own, read=own)
    lab.consumer.restart(BROKER_URL=url)
    lab.consumer.wait_says("consumer waits for its source", times=2)
    for line in complaints(lab.consumer)[:2]:
        said = json.loads(line)
        assert "said 403: ACCESS_REFUSED" in said["error"]
        assert f"'{refused}'" in said["error"]
        assert "needs configure, write and read on service.*, read on the exchange" in said["error"]
        assert "\n" not in said["error"]
        assert said["retry_in_seconds"] == float(PATIENCE["INBOX_RETRY_MAX_SECONDS"])
    assert SECRET not in lab.consumer.said()
    products = create(lab, "Lamp")
    allow(lab, configure=OWN, write=OWN, read=r"^(service\.|catalogue\.events$)")
    wait_shown(lab, products)


def user_who_may(lab: Lab, **rights: str) -> str:
    """The broker's URL with a user who has these rights only."""
    broker, parts = lab.servers.broker, urlsplit(lab.broker_url)
    if POOR not in broker.rabbitmqctl("list_users"):
        broker.rabbitmqctl("add_user", POOR, SECRET)
    allow(lab, **rights)
    return parts._replace(netloc=f"{POOR}:{SECRET}@{parts.hostname}:{parts.port}").geturl()


def allow(lab: Lab, *, configure: str, write: str, read: str) -> None:
    lab.servers.broker.rabbitmqctl("set_permissions", "--vhost", lab.virtual_host, POOR, configure, write, read)
