"""The relay dies, pauses, has company or a wrong clock: what was committed goes out all the same."""

import time
from pathlib import Path

import pytest

from tests.e2e.figures import Figures
from tests.e2e.waiting import eventually
from tests.e2e.workload import Workload
from tests.faults.lab import sql
from tests.faults.lab.accounts import Accounts
from tests.faults.lab.lab import DEFAULTS, PATIENCE, Lab
from tests.faults.lab.programs import Program
from tests.faults.lab.quiet import assert_outbox_empty
from tests.faults.writing import create, fill

SETTLE = "outbox.relay:Relay._settle:before"
HOUR = 3600
SLACK_SECONDS = 4.7


@pytest.mark.smoke
@pytest.mark.fault("F13")
def test_what_was_confirmed_and_not_deleted_is_published_again_and_changes_nothing(lab: Lab) -> None:
    before = lab.accounts.read_spy().duplicates
    lab.relay.stop()
    create(lab, 20)
    lab.relay.start(failpoint=SETTLE, wait=False)
    lab.relay.wait_ended()
    lab.relay.start()
    eventually(lambda: assert_outbox_empty(lab), within=30)
    assert lab.accounts.read_spy().duplicates == before + 20


@pytest.mark.fault("F14")
@pytest.mark.parametrize(
    ("lease", "how"),
    [
        pytest.param(PATIENCE, "killed", marks=pytest.mark.smoke, id="lease of 3 s, killed"),
        pytest.param(DEFAULTS, "killed", id="usual lease, killed"),
        pytest.param(DEFAULTS, "paused", id="usual lease, paused"),
    ],
)
def test_another_relay_takes_over_once_the_lease_has_expired(lab: Lab, lease: dict[str, str], how: str) -> None:
    lab.relay.stop()
    active, standby = lab.another_relay(), lab.another_relay()
    active.start(**lease)
    active.wait_says("relay is active")
    standby.start(**lease)
    standby.wait_says("relay stands by")
    if how == "killed":
        active.kill()
    else:
        active.pause()
    create(lab, 5)
    seconds = int(lease["OUTBOX_LEASE_SECONDS"])
    standby.wait_says("relay is active", within=seconds + seconds / 3 + SLACK_SECONDS)  # it looks each third of a lease
    eventually(lambda: assert_outbox_empty(lab), within=30)
    active.resume()


@pytest.mark.fault("F15")
def test_of_three_relays_none_publishes_what_another_has_published(lab: Lab) -> None:
    before = lab.accounts.read_spy().duplicates
    lab.relay.restart(**DEFAULTS)
    lab.relay.wait_says("relay is active")
    others = lab.another_relay(), lab.another_relay()
    for relay in others:
        relay.start(wait=False, **DEFAULTS)
    with Workload(lab.admin) as work:
        work.reach(100)
        for relay in others:
            relay.wait_says("relay stands by")
        work.reach(work.writes + 100)
    lab.written |= work.last
    eventually(lambda: assert_outbox_empty(lab), within=30)
    assert lab.accounts.read_spy().duplicates == before


@pytest.mark.smoke
@pytest.mark.fault("F16")
def test_a_relay_that_was_paused_past_its_lease_settles_nothing_any_more(lab: Lab) -> None:
    lab.relay.stop()
    create(lab, 5)
    paused, other = lab.another_relay(), lab.another_relay()
    paused.start(failpoint=f"{SETTLE}:pause", wait=False)
    paused.wait_says("failpoint")
    other.start()
    other.wait_says("relay is active")
    eventually(lambda: assert_outbox_empty(lab), within=30)
    paused.resume()
    paused.wait_says("relay lost its lease")
    paused.wait_says("relay stands by")


@pytest.mark.fault("F33")
@pytest.mark.parametrize("seconds", [HOUR, -HOUR], ids=["an hour ahead", "an hour behind"])
def test_a_host_whose_clock_is_wrong_neither_takes_the_lease_nor_delays_an_event(lab: Lab, seconds: int) -> None:
    wrong = lab.another_relay()
    create(lab, 1)
    eventually(lambda: assert_outbox_empty(lab), within=30)  # the lab's own relay is active
    lab.admin_web.restart(clock=seconds)
    lab.service_web.restart(clock=seconds)
    lab.consumer.restart(clock=seconds)
    wrong.start(clock=seconds)
    wrong.wait_says("relay stands by")
    create(lab, 5)
    eventually(lambda: assert_outbox_empty(lab), within=30)
    assert "relay is active" not in wrong.said()
    lab.relay.stop()
    wrong.wait_says("relay is active")
    create(lab, 5)
    eventually(lambda: assert_outbox_empty(lab), within=30)


BACKLOG = 8_000
HOLD = "UPDATE outbox_outboxevent SET next_attempt_at = NOW(6) + INTERVAL 1 HOUR"
RELEASE = "UPDATE outbox_outboxevent SET next_attempt_at = NULL"


def seconds_to_drain(lab: Lab, relays: list[Program]) -> float:
    """A backlog that waits until all of them run, so that nobody's start is measured."""
    lab.relay.stop()
    create(lab, 1)
    fill(lab.admin_database_url, BACKLOG)
    sql.execute(lab.admin_database_url, HOLD)
    for relay in relays:
        relay.start(**DEFAULTS)
    began = time.monotonic()
    sql.execute(lab.admin_database_url, RELEASE)
    eventually(lambda: assert_outbox_empty(lab), within=60)
    return time.monotonic() - began


@pytest.mark.fault("F15")
def test_three_relays_are_no_slower_than_one(lab: Lab, measured: Figures) -> None:
    lab.consumer.stop()
    one = seconds_to_drain(lab, [lab.relay])
    three = seconds_to_drain(lab, [lab.another_relay() for _ in range(3)])
    measured.add("events/s of one relay and of three", f"{BACKLOG / one:.0f}, {BACKLOG / three:.0f}")
    assert three < 2 * one + 2


CREATE = "from catalogue.models import Product; Product.objects.bulk_create(Product(title='Lamp') for _ in range(300))"


@pytest.mark.fault("F15")
def test_of_three_relays_on_sqlite_too_none_publishes_what_another_has_published(lab: Lab, tmp_path: Path) -> None:
    broker_url = lab.servers.broker.virtual_host("sqlite")
    settings = DEFAULTS | {"DATABASE_URL": f"sqlite:///{tmp_path}/admin.sqlite3", "BROKER_URL": broker_url}
    accounts = Accounts(broker_url=broker_url, admin_database_url="", service_database_url="")
    accounts.open_spy()
    run(lab, settings, "migrate", "-v0")
    for relay in [lab.another_relay() for _ in range(3)]:
        relay.start(**settings)
    for _ in range(3):
        run(lab, settings, "shell", "-c", CREATE)

    def all_published() -> None:
        assert len(accounts.read_spy().events) == 900

    eventually(all_published, within=30)
    assert accounts.published.duplicates == 0


def run(lab: Lab, settings: dict[str, str], *arguments: str) -> None:
    command = lab.command("admin", *arguments)
    command.start(wait=False, **settings)
    assert command.wait_ended() == 0, command.log_tail()
