"""Two consumers, each with a connection of its own, in the same products at once; these tests commit for real."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from inbox.models import DeadLetter
from inbox.processor import Processor
from inbox.routing import Outcome
from replica.models import Product

from tests.events import deliver
from tests.replica.catalogue import Catalogue, Event, contents, copy, row

Batches = list[list[Event]]
BAD = deliver(b"bad")
SECONDS = 30


@st.composite
def histories(draw: st.DrawFn) -> Catalogue:
    admin = Catalogue()
    for _ in range(draw(st.integers(1, 3))):
        id = admin.create(draw(contents))["data"]["id"]
        for _ in range(draw(st.integers(0, 3))):
            admin.update(id, draw(contents))
        if draw(st.booleans()):
            admin.delete(id)
    return admin


@st.composite
def shared_out(draw: st.DrawFn) -> tuple[Catalogue, list[Batches]]:
    """Every event goes to one of two consumers at least, to some both; in any order and cut anywhere."""
    admin = draw(histories())
    shares = draw(st.lists(st.sampled_from([{0}, {1}, {0, 1}]), min_size=len(admin.told), max_size=len(admin.told)))
    batches = []
    for consumer in (0, 1):
        mine = [told for told, share in zip(admin.told, shares, strict=True) if consumer in share]
        order = draw(st.permutations(mine))
        cut = draw(st.integers(0, len(order)))
        batches.append([order[:cut], order[cut:]])
    return admin, batches


class Consumer(threading.Thread):
    def __init__(self, batches: Batches) -> None:
        super().__init__(daemon=True)
        self.batches = batches
        self.rival = self
        self.is_ready = threading.Event()
        self.outcomes: list[Any] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with connection.execute_wrapper(self._meet):
                for batch in self.batches:
                    events = [deliver(json.dumps(event).encode()) for event in batch]
                    self.outcomes.append(Processor().process([*events, BAD]))
        except BaseException as error:
            self.error = error
        finally:
            self.is_ready.set()
            connection.close()

    def _meet(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        """Both have looked at the versions before either writes. SQLite lets one in at a time."""
        if connection.vendor != "sqlite" and sql.startswith("INSERT INTO replica_product"):
            self.is_ready.set()
            assert self.rival.is_ready.wait(SECONDS)
        return execute(sql, *rest)


@contextmanager
def emptied() -> Iterator[None]:
    try:
        yield
    finally:
        Product.objects.all().delete()
        DeadLetter.objects.all().delete()


def side_by_side(shares: Sequence[Batches]) -> list[Consumer]:
    first, second = consumers = [Consumer(batches) for batches in shares]
    first.rival, second.rival = second, first
    for consumer in consumers:
        consumer.start()
    for consumer in consumers:
        consumer.join(SECONDS)
    return consumers


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(400)  # a red run looks for the shortest history, for up to 300 s
@pytest.mark.usefixtures("quiet")
@given(shared_out())
@settings(max_examples=40, derandomize=True)
def test_two_consumers_at_once_end_in_the_newest_of_what_either_got(drawn: tuple[Catalogue, list[Batches]]) -> None:
    admin, shares = drawn
    with emptied():
        consumers = side_by_side(shares)
        assert [consumer.error for consumer in consumers] == [None, None]
        assert copy() == [row(told) for told in admin.newest.values()]
        assert [bytes(letter.body) for letter in DeadLetter.objects.all()] == [BAD.body]
        for consumer in consumers:
            sizes = [len(batch) + 1 for batch in consumer.batches]
            assert [outcomes.total() for outcomes in consumer.outcomes] == sizes
            assert [outcomes[Outcome.REJECTED] for outcomes in consumer.outcomes] == [1, 1]
