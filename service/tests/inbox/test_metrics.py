"""What a consumer tells Prometheus of itself."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from inbox.consumer import Consumer
from inbox.metrics import collect
from inbox.transactions import committed
from processes.activity import Activity
from processes.metrics import registry

from tests.broker import Broker
from tests.events import body

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def value(monkeypatch: pytest.MonkeyPatch) -> Callable[..., float | None]:
    """Of one sample, of a process that has done nothing yet."""
    new = Activity()
    users = ("inbox.consumer", "inbox.metrics", "inbox.processor", "inbox.transactions", "processes.heartbeat")
    for user in (*users, "processes.metrics"):
        monkeypatch.setattr(f"{user}.activity", new)
    return lambda name, **labels: registry(collect).get_sample_value(name, labels)


def test_events_count_by_their_outcome_and_batches_by_size_and_time(
    broker: Broker, make_source: Any, value: Any
) -> None:
    source = make_source()
    source.open()
    broker.publish([body(id=1), body(id=1), body(id=2), b"nonsense"])
    consumer, received = Consumer(source=source), 0
    assert value("lockstep_consumed_total", outcome="applied") == 0
    while received < 4:
        received += consumer.step(seconds=5)
    counted = [value("lockstep_consumed_total", outcome=name) for name in ("applied", "duplicate", "stale", "rejected")]
    assert (counted[0], sum(counted[1:3]), counted[3]) == (2, 1, 1)
    assert value("lockstep_batch_events_sum") == 4
    assert value("lockstep_batch_duration_seconds_count") == value("lockstep_batch_events_count")
    assert value("lockstep_lag_seconds_count") == 2


def test_a_transaction_that_is_tried_again_counts_by_its_kind(value: Any) -> None:
    kind, error = ("locked", OperationalError("database is locked"))
    if connection.vendor != "sqlite":
        kind, error = "deadlock", OperationalError(1213, "Deadlock found")
    tries: list[None] = []

    def in_the_way() -> None:
        tries.append(None)
        if len(tries) < 3:
            raise error

    committed(in_the_way)
    others = {"locked", "deadlock"} - {kind}
    assert value("lockstep_db_retries_total", kind=kind) == 2
    assert [value("lockstep_db_retries_total", kind=other) for other in others] == [0]
