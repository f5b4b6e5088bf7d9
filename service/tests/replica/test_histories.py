"""Whatever the broker does to a history (shuffle, repeat, cut into batches), the copy ends the same."""

import json
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st
from inbox.processor import Processor
from inbox.routing import Outcome
from replica.models import Product

from tests.events import deliver, event

Event = dict[str, Any]
KEPT = ("id", "title", "price", "sku", "version", "created_at", "updated_at", "deleted_at")


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """What admin may say of up to three products: each created, changed some times, perhaps deleted for good."""
    events = []
    for id in range(1, draw(st.integers(1, 3)) + 1):
        last = draw(st.integers(1, 5))
        is_deleted = last > 1 and draw(st.booleans())
        for version in range(1, last + 1):
            action = "created" if version == 1 else "deleted" if version == last and is_deleted else "updated"
            sku = draw(st.none() | st.just(f"L-{version}"))
            events.append(event(action, id=id, version=version, title=f"Lamp {id}.{version}", sku=sku))
    return events


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Event], list[list[Event]]]:
    """A history, and the batches in which it came: in any order, some of it again, cut anywhere."""
    history = draw(histories())
    again = draw(st.lists(st.sampled_from(history), max_size=5))
    order = draw(st.permutations([*history, *again]))
    cuts = sorted(draw(st.sets(st.integers(1, len(order)), max_size=4)))
    return history, [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]


def contents() -> list[tuple[Any, ...]]:
    return list(Product.objects.values_list(*KEPT))


def play(batches: list[list[Event]]) -> list[tuple[Any, ...]]:
    """The copy that these batches make out of nothing."""
    processor = Processor()
    with transaction.atomic():
        for batch in batches:
            processor.process([deliver(json.dumps(event).encode()) for event in batch])
        result = contents()
        transaction.set_rollback(True)
    return result


@pytest.mark.django_db
@given(deliveries())
def test_every_delivery_of_a_history_ends_in_the_same_copy(drawn: tuple[list[Event], list[list[Event]]]) -> None:
    history, batches = drawn
    newest = {event["data"]["id"]: event for event in history}
    copy = play(batches)
    assert copy == play([[event] for event in history])
    assert {row[0]: row[4] for row in copy} == {id: event["data"]["version"] for id, event in newest.items()}
    deleted = {id for id, event in newest.items() if event["type"].endswith("deleted.v1")}
    assert {row[0] for row in copy if row[-1] is not None} == deleted
    for id, title in ((row[0], row[1]) for row in copy):
        assert title == ("" if id in deleted else newest[id]["data"]["title"])


@pytest.mark.django_db
@given(deliveries())
def test_only_what_is_newer_than_the_copy_counts_as_applied(drawn: tuple[list[Event], list[list[Event]]]) -> None:
    _, batches = drawn
    processor = Processor()
    held: dict[str, int] = {}
    with transaction.atomic():
        for batch in batches:
            versions = {event["subject"]: 0 for event in batch}
            for event in batch:
                versions[event["subject"]] = max(versions[event["subject"]], event["data"]["version"])
            newer = {subject: version for subject, version in versions.items() if version > held.get(subject, 0)}
            outcomes = processor.process([deliver(json.dumps(event).encode()) for event in batch])
            assert outcomes[Outcome.APPLIED] == len(newer)
            assert outcomes.total() == len(batch)
            held |= newer
        transaction.set_rollback(True)
