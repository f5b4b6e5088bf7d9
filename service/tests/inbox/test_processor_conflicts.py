"""What other transactions and a dying server do to a batch; these tests commit for real."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.db import close_old_connections, connection
from inbox.envelope import Delivery
from inbox.models import DeadLetter, FeedCursor
from inbox.processor import Processor
from inbox.routing import Outcome
from inbox.transactions import ATTEMPTS, DatabaseUnavailable
from replica.models import Product

from tests.database import another, kill_own_connection, unreachable, wait_for_locks
from tests.events import deliver, delivery
from tests.polling import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
APPLIED, DUPLICATE, REJECTED = Outcome.APPLIED, Outcome.DUPLICATE, Outcome.REJECTED
BATCH = [delivery(id=1, version=2), delivery(id=2, version=2), deliver(b"bad")]


class Attempts(threading.Thread):
    """Processes a batch on a thread and a connection of its own, and counts how often it is begun."""

    def __init__(self, batch: Sequence[Delivery], *, lock_seconds: int = 1) -> None:
        super().__init__(daemon=True)
        self.batch = batch
        self.lock_seconds = lock_seconds
        self.outcomes: Counter[Outcome] = Counter()
        self.error: Exception | None = None
        self.count = 0

    def run(self) -> None:
        try:
            wait_for_locks(seconds=self.lock_seconds)
            with connection.execute_wrapper(self._watch):
                self.outcomes = Processor().process(self.batch)
        except Exception as error:
            self.error = error
        finally:
            connection.close()

    def _watch(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        # SQLite waits where a transaction begins, the others where a row is written.
        self.count += sql.startswith("BEGIN" if connection.vendor == "sqlite" else "INSERT INTO replica_product")
        return execute(sql, params, many, context)


@pytest.fixture(autouse=True)
def fresh_connection() -> Iterator[None]:
    yield
    connection.close()


def contents() -> tuple[list[tuple[int, int]], int, int]:
    rows = list(Product.objects.values_list("id", "version"))
    return rows, DeadLetter.objects.count(), FeedCursor.objects.count()


def note() -> None:
    FeedCursor.objects.create(name="test", position=1)


def is_locked(id: int) -> bool:
    with another() as cursor:
        cursor.execute("SELECT id FROM replica_product WHERE id = %s FOR UPDATE SKIP LOCKED", [id])
        return cursor.fetchone() is None


def test_a_batch_in_anothers_way_is_tried_again() -> None:
    """Two transactions that lock two rows crosswise; on SQLite, two that write."""
    Processor().process([delivery("created", id=1), delivery("created", id=2)])
    attempts = Attempts(BATCH)
    with another() as rival:
        if connection.vendor == "postgresql":  # it ends the one who looks first
            rival.execute("SET deadlock_timeout = '30s'")
        rival.execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
        for position in range(100):  # MariaDB ends the transaction that wrote less
            rival.execute("INSERT INTO inbox_feedcursor (name, position) VALUES (%s, 0)", [f"rival-{position}"])
        rival.execute("UPDATE replica_product SET title = 'rival' WHERE id = 2")
        attempts.start()
        wait_until(lambda: attempts.count > 1 if connection.vendor == "sqlite" else is_locked(1))
        rival.execute("UPDATE replica_product SET title = 'rival' WHERE id = 1")
        rival.execute("COMMIT")
    attempts.join(30)
    assert (attempts.error, attempts.outcomes) == (None, {APPLIED: 2, REJECTED: 1})
    assert attempts.count > 1
    assert contents() == ([(1, 2), (2, 2)], 1, 100)
    assert not Product.objects.filter(title="rival").exists()


def test_a_rival_that_never_ends_is_given_up_and_nothing_is_half_applied() -> None:
    Processor().process([delivery("created", id=2)])
    attempts = Attempts(BATCH, lock_seconds=0)
    with another() as rival:
        rival.execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
        rival.execute("UPDATE replica_product SET title = 'rival' WHERE id = 2")
        attempts.start()
        attempts.join(30)
        assert isinstance(attempts.error, DatabaseUnavailable)
        assert attempts.count == ATTEMPTS
        rival.execute("ROLLBACK")
    assert contents() == ([(2, 1)], 0, 0)
    assert Processor().process(BATCH) == {APPLIED: 2, REJECTED: 1}


def test_a_database_that_is_down_is_said_in_one_line_without_the_password() -> None:
    with unreachable(), pytest.raises(DatabaseUnavailable) as caught:
        Processor().process(BATCH, note=note)
    said = str(caught.value)
    settings = connection.settings_dict
    assert settings["NAME"] in said
    assert "Check DATABASE_URL" in said
    assert "\n" not in said
    assert not settings["PASSWORD"] or settings["PASSWORD"] not in said
    assert contents() == ([], 0, 0)
    assert Processor().process(BATCH, note=note) == {APPLIED: 2, REJECTED: 1}
    assert contents() == ([(1, 2), (2, 2)], 1, 1)


def test_a_connection_lost_before_the_commit_leaves_nothing_behind_and_the_next_try_succeeds() -> None:
    def note_then_die() -> None:
        note()
        kill_own_connection()

    with pytest.raises(DatabaseUnavailable):
        Processor().process(BATCH, note=note_then_die)
    close_old_connections()
    assert contents() == ([], 0, 0)
    assert Processor().process(BATCH, note=note) == {APPLIED: 2, REJECTED: 1}


def test_consumers_side_by_side_end_in_the_newest_versions_and_one_dead_letter() -> None:
    """Each gets everything, in its own order and cut."""
    events = [delivery(id=id, version=version) for version in range(1, 6) for id in range(1, 41)]
    orders = [events, events[::-1], events[100:] + events[:100]]
    threads = [Attempts([*order, deliver(b"bad")]) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [thread.error for thread in threads] == [None] * 3
    assert contents() == ([(id, 5) for id in range(1, 41)], 1, 0)
