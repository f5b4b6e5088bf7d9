"""Whole installations at work, ours and a tutorial's: what clients and readers feel."""

from collections.abc import Iterator
from statistics import median

from tests.bench.lockstep import Lockstep, execute
from tests.bench.measuring import has_consumer, purge, wait_for
from tests.bench.others import Contender
from tests.bench.place import CONTENDERS, Place, running
from tests.bench.steady import System, at_work, broker_killed, lags, p99


class Systems:
    def __init__(self, place: Place) -> None:
        self._place = place
        self._ours = _lockstep(Lockstep(place, "whole"))
        self._tutorial, self._kept = _tutorials(Contender(place, "tutorial", name="whole_tutorial"))

    def run(self) -> Iterator[tuple[str, float]]:
        for system in (self._ours, self._kept):
            found = lags(system)
            yield f"lag: {system.name}, median ms", median(found)
            yield f"lag: {system.name}, p99 ms", p99(found)
        for system in (self._ours, self._tutorial, self._kept):
            worked = at_work(system)
            yield f"at work: {system.name}, POST/s", worked.posts_a_second
            yield f"at work: {system.name}, s behind", worked.seconds_behind
        killed = broker_killed(self._ours, self._place)
        yield "broker killed: answers but 201", killed.refused
        yield "broker killed: lost", killed.lost
        yield "broker killed: p99 of POST before, ms", killed.p99_before * 1000
        yield "broker killed: p99 of POST meanwhile, ms", killed.p99_away * 1000
        yield "broker killed: s to catch up", killed.caught_up


def _lockstep(ours: Lockstep) -> System:
    return System(
        name="lockstep",
        programs=(ours.admin_web, ours.relay, ours.consumer),
        url=ours.admin_url,
        own=ours.connect("admin"),
        copy=ours.connect("service"),
        own_table="catalogue_product",
        copy_table="replica_product",
    )


def _tutorials(tutorial: Contender) -> Iterator[System]:
    """Connecting for each product, and with a connection that is kept."""
    consumer = tutorial.consumer([str(CONTENDERS / "tutorial/consumer.py")])
    own, copy = tutorial.connect("own"), tutorial.connect("copy")

    def reset() -> None:
        """A row that was stored and not acknowledged when it was stopped comes again, and its consumer dies of it."""
        for connection, side in ((own, "own"), (copy, "copy")):
            execute(connection, f"TRUNCATE {tutorial.table(side)}")
        purge(tutorial.broker_url, "service")

    with running(consumer):
        wait_for(lambda: has_consumer(tutorial.broker_url, "service"))
    for name, more in (("tutorial", {}), ("tutorial, kept connection", {"KEEP": "1"})):
        web, url = tutorial.web(f"-{len(more)}", **more)
        yield System(
            name=name,
            programs=(web, consumer),
            url=url,
            own=own,
            copy=copy,
            reset=reset,
            own_table=tutorial.table("own"),
            copy_table=tutorial.table("copy"),
        )
