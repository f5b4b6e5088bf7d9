"""Whatever happens to a history on its way (order, repeats, cuts, crashes, snapshots), the copy is the newest of it."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import override_settings
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)
from hypothesis.stateful import run_state_machine_as_test as run
from inbox.envelope import Delivery
from inbox.models import DeadLetter
from inbox.processor import Processor
from inbox.routing import Change, Outcome, Route
from inbox.transactions import DatabaseUnavailable
from replica import projection
from replica.models import Product

from tests.events import body, deliver
from tests.replica.catalogue import Catalogue, Event, contents, copy, row

Item = Event | bytes  # an event, or a body that is none
Versions = Sequence[tuple[int, int]]
APPLIED, DUPLICATE, STALE, REJECTED = Outcome.APPLIED, Outcome.DUPLICATE, Outcome.STALE, Outcome.REJECTED
BAD = [
    b"bad",
    b"[]",
    body("moved", id=1, version=90),
    body(id=1, version=91, title=""),
    body(id=1, version=92, envelope={"subject": "2"}),
]
# Drawn the same way each time, so that a red run speaks of the change that it tests and comes again at will.
SETTINGS = settings(max_examples=60, stateful_step_count=30, derandomize=True)


class Crash(BaseException):
    """The process dies: nobody catches it."""


class Flawed:
    """The projection with a bug that some versions bring to light, after they are written."""

    versions: set[tuple[int, int]] = set()

    def __call__(self, changes: Sequence[Change]) -> list[Outcome]:
        outcomes = projection.apply(changes)
        if self.versions & {(change.data.id, change.data.version) for change in changes}:
            raise ZeroDivisionError
        return outcomes


flawed = Flawed()
FLAWED = {
    f"product.{action}.v1": Route(data=projection.ProductData, apply=flawed, is_deletion=action == "deleted")
    for action in ("created", "updated", "deleted")
}


class Histories(RuleBasedStateMachine):
    """Admin's changes, and what may happen to their events, against what the copy must hold after each step.

    Expected are the newest version that was committed of each product, and one letter for each body without a cure.
    """

    living = Bundle("living")  # the first event of each product that is not deleted
    published = Bundle("published")
    pages = Bundle("pages")  # read, and not thrown away: any may be applied, however late
    batches = st.lists(published | st.sampled_from(BAD), max_size=8)

    def __init__(self) -> None:
        super().__init__()
        self.admin = Catalogue()
        self.held: dict[int, int] = {}
        self.letters: Counter[bytes] = Counter()
        self.example = ExitStack()
        self.example.enter_context(transaction.atomic())

    def teardown(self) -> None:
        try:
            self.process(self.admin.told)
            assert copy() == [row(told) for told in self.admin.newest.values()]
        finally:
            transaction.set_rollback(True)
            self.example.close()

    @initialize(targets=(living, published), contents=contents)
    def create_the_first(self, contents: dict[str, Any]) -> Event:
        return self.admin.create(contents)

    @rule(targets=(living, published), contents=contents)
    def create(self, contents: dict[str, Any]) -> Event:
        return self.admin.create(contents)

    @rule(target=published, first=living, contents=contents)
    def update(self, first: Event, contents: dict[str, Any]) -> Event:
        return self.admin.update(first["data"]["id"], contents)

    @rule(target=published, first=consumes(living))
    def delete(self, first: Event) -> Event:
        return self.admin.delete(first["data"]["id"])

    @rule(batch=batches)
    def deliver(self, batch: list[Item]) -> None:
        self.process(batch)

    @rule(batch=batches, error=st.sampled_from([Crash(), OperationalError(2006, "gone")]))
    def crash_before_the_commit(self, batch: list[Item], error: BaseException) -> None:
        def crash() -> None:
            raise error

        with pytest.raises((Crash, DatabaseUnavailable)):
            Processor().process(deliveries(batch), note=crash)
        self.the_copy_and_the_letters_are_as_expected()
        self.process(batch)

    @rule(batch=batches)
    def crash_before_the_ack(self, batch: list[Item]) -> None:
        self.process(batch)
        self.process(batch)

    @rule(size=st.integers(1, 8))
    def replay(self, size: int) -> None:
        for start in range(0, len(self.admin.told), size):
            self.process(self.admin.told[start : start + size])

    @rule(target=published, first=living, contents=contents, race=st.sampled_from([(0, 1), (1, 0), (1, 1)]))
    def be_overtaken(self, first: Event, contents: dict[str, Any], race: tuple[int, int]) -> Any:
        """Another consumer commits its event between this one's look at the versions and its statement."""
        changes = [self.admin.update(first["data"]["id"], contents) for _ in range(2)]
        mine, theirs = (changes[place] for place in race)
        rivals = [theirs]

        def overtake(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            if rivals and sql.startswith("INSERT INTO replica_product"):
                self.process([rivals.pop()])
                before.update(applied_at())
                held.update(self.held)
            return execute(sql, *rest)

        before, held = applied_at(), dict(self.held)
        with connection.execute_wrapper(overtake):
            Processor().process(deliveries([mine]))
        self.expect([mine])
        assert not rivals
        assert {id for id, at in applied_at().items() if at != before.get(id)} == changed(held, self.held)
        return multiple(*changes)

    @rule(batch=batches, victims=st.lists(published, min_size=1, max_size=2))
    def fail_on(self, batch: list[Item], victims: list[Event]) -> None:
        """A bug in the projection makes dead letters of good events. Looking for them commits part by part."""
        flawed.versions = set(versions(victims))
        batch = [*victims, *batch]
        ill = [item for item in batch if flawed.versions & set(versions([item]))]
        with override_settings(INBOX_ROUTES=f"{__name__}.FLAWED"):
            outcomes = Processor().process(deliveries(batch))
        self.letters.update(as_body(item) for item in ill)
        well = [item for item in batch if item not in ill]
        self.expect(well)
        assert outcomes[REJECTED] == len(batch) - len(versions(well))
        assert outcomes.total() == len(batch)

    @precondition(lambda self: self.letters)
    @rule()
    def retry_the_letters(self) -> None:
        events = {as_body(told): told for told in self.admin.told}
        bodies = [bytes(letter.body) for letter in DeadLetter.objects.order_by("id")]
        self.process([events.get(body, body) for body in bodies])

    @rule(target=pages, first=st.integers(1, 4), count=st.integers(0, 3))
    def read_a_page(self, first: int, count: int) -> list[Change]:
        return self.admin.page(first, first + count)

    @rule(page=pages)
    def apply_a_page_read_earlier(self, page: list[Change]) -> None:
        self.apply(page)

    @rule(first=st.integers(1, 4), count=st.integers(0, 3))
    def apply_a_page(self, first: int, count: int) -> None:
        self.apply(self.admin.page(first, first + count))

    @invariant()
    def the_copy_and_the_letters_are_as_expected(self) -> None:
        told = {(told["data"]["id"], told["data"]["version"]): told for told in self.admin.told}
        assert copy() == [row(told[held]) for held in sorted(self.held.items())]
        letters = {bytes(body): attempts for body, attempts in DeadLetter.objects.values_list("body", "attempts")}
        assert letters == self.letters

    def process(self, batch: Sequence[Item]) -> None:
        expected = outcomes(versions(batch), self.held) + Counter({REJECTED: len(batch) - len(versions(batch))})
        before, held = applied_at(), dict(self.held)
        assert Processor().process(deliveries(batch)) == expected
        self.expect(batch)
        assert {id for id, at in applied_at().items() if at != before.get(id)} == changed(held, self.held)

    def apply(self, page: list[Change]) -> None:
        seen = [(change.data.id, change.data.version) for change in page]
        with transaction.atomic():
            assert +Counter(projection.apply(page)) == outcomes(seen, self.held)
        self.hold(seen)

    def expect(self, committed: Sequence[Item]) -> None:
        self.hold(versions(committed))
        self.letters.update(item for item in committed if isinstance(item, bytes))

    def hold(self, seen: Versions) -> None:
        for id, version in seen:
            self.held[id] = max(version, self.held.get(id, 0))


def as_body(item: Item) -> bytes:
    return item if isinstance(item, bytes) else json.dumps(item).encode()


def deliveries(batch: Iterable[Item]) -> list[Delivery]:
    return [deliver(as_body(item)) for item in batch]


def versions(batch: Iterable[Item]) -> list[tuple[int, int]]:
    return [(item["data"]["id"], item["data"]["version"]) for item in batch if not isinstance(item, bytes)]


def outcomes(seen: Versions, held: dict[int, int]) -> Counter[Outcome]:
    """Of each product the newest version counts, once, and only where the copy has an older one."""
    counted: Counter[Outcome] = Counter()
    for id in {id for id, _ in seen}:
        of_this = [version for seen_id, version in seen if seen_id == id]
        newest = max([*of_this, held.get(id, 0)])
        applied = newest > held.get(id, 0)
        counted[APPLIED] += applied
        counted[DUPLICATE] += of_this.count(newest) - applied
        counted[STALE] += len(of_this) - of_this.count(newest)
    return +counted


def applied_at() -> dict[int, datetime]:
    return dict(Product.objects.values_list("id", "applied_at"))


def changed(before: dict[int, int], after: dict[int, int]) -> set[int]:
    return {id for id, version in after.items() if version != before.get(id)}


@pytest.mark.django_db
@pytest.mark.timeout(400)  # a red run looks for the shortest history, for up to 300 s
@pytest.mark.usefixtures("quiet")
def test_whatever_happens_to_a_history_the_copy_holds_the_newest_that_was_committed() -> None:
    run(Histories, settings=SETTINGS)
