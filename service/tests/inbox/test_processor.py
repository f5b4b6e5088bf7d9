from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.test.utils import CaptureQueriesContext
from inbox.models import DeadLetter, FeedCursor
from inbox.processor import Processor
from inbox.routing import Change, Outcome, Route
from inbox.transactions import DatabaseUnavailable
from pytest_django import Settings
from replica import projection
from replica.models import Product

from tests.events import body, deliver, delivery

pytestmark = pytest.mark.django_db
APPLIED, REJECTED = Outcome.APPLIED, Outcome.REJECTED
POISON = 13
BAD = deliver(b"bad")


def stumble(changes: Sequence[Change]) -> list[Outcome]:
    """The projection with a bug that one product brings to light, half-way through."""
    outcomes = projection.apply(changes)
    if any(change.data.id == POISON for change in changes):
        raise ZeroDivisionError("a number of bad luck: \x00 \ud800")
    return outcomes


def overflow(changes: Sequence[Change]) -> list[Outcome]:
    """The projection against a table that is stricter than the contract."""
    outcomes = projection.apply(changes)
    if any(change.data.id == POISON for change in changes):
        Product.objects.filter(id=POISON).update(title=None)
    return outcomes


def routes(apply: Callable[[Sequence[Change]], list[Outcome]]) -> dict[str, Route]:
    return {"product.updated.v1": Route(data=projection.ProductData, apply=apply)}


STUMBLING = routes(stumble)
OVERFLOWING = routes(overflow)


def ids() -> list[int]:
    return list(Product.objects.values_list("id", flat=True))


def note_position(position: int) -> Callable[[], None]:
    return lambda: FeedCursor.objects.update_or_create(name="test", defaults={"position": position}) and None


def test_the_copy_the_dead_letters_and_the_note_are_committed_together() -> None:
    outcomes = Processor().process([delivery(), BAD], note=note_position(7))
    assert outcomes == {APPLIED: 1, REJECTED: 1}
    assert FeedCursor.objects.get().position == 7
    assert (Product.objects.count(), DeadLetter.objects.count()) == (1, 1)


def test_a_note_that_cannot_be_stored_takes_everything_back() -> None:
    def fail() -> None:
        note_position(7)()
        raise OperationalError(2006, "gone before the commit")

    with pytest.raises(DatabaseUnavailable, match="gone before the commit"):
        Processor().process([delivery(), BAD], note=fail)
    assert not Product.objects.exists()
    assert not DeadLetter.objects.exists()
    assert not FeedCursor.objects.exists()


def test_nothing_received_still_stores_the_note() -> None:
    assert Processor().process([], note=note_position(3)) == {}
    assert FeedCursor.objects.get().position == 3


def test_a_batch_of_500_takes_a_handful_of_statements() -> None:
    batch = [delivery(id=id) for id in range(1, 501)]
    with CaptureQueriesContext(connection) as queries:
        Processor().process(batch)
    assert len(queries) <= 4  # savepoint, versions, upsert, release


def test_bad_events_do_not_stop_their_neighbours() -> None:
    batch = [delivery(id=1), BAD, delivery(id=2), deliver(b"[]"), deliver(b""), delivery(id=3)]
    assert Processor().process(batch) == {APPLIED: 3, REJECTED: 3}
    assert ids() == [1, 2, 3]
    assert DeadLetter.objects.count() == 3


@pytest.mark.parametrize("size", [1, 2, 3, 20])
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_the_one_event_that_cannot_be_applied_is_found_and_set_aside(settings: Settings, size: int, place: str) -> None:
    settings.INBOX_ROUTES = f"{__name__}.STUMBLING"
    batch = [delivery(id=id) for id in range(100, 100 + size - 1)]
    batch.insert({"first": 0, "middle": size // 2, "last": size}[place], delivery(id=POISON, version=4))
    outcomes = Processor().process(batch, note=note_position(9))
    assert outcomes == Counter({APPLIED: size - 1, REJECTED: 1})
    assert ids() == list(range(100, 100 + size - 1))
    letter = DeadLetter.objects.get()
    assert (letter.reason, letter.subject, bytes(letter.body)) == ("unprocessable", "13", body(id=POISON, version=4))
    assert letter.error == "ZeroDivisionError: a number of bad luck: \\x00 \\ud800"
    assert FeedCursor.objects.get().position == 9


def test_several_bad_events_of_all_kinds_are_all_set_aside(settings: Settings) -> None:
    settings.INBOX_ROUTES = f"{__name__}.STUMBLING"
    batch = [delivery(id=id) for id in range(1, 30)]  # 13 among them
    batch[5:5] = [BAD, delivery("deleted", id=50), delivery(id=POISON, version=2)]
    assert Processor().process(batch) == {APPLIED: 28, REJECTED: 4}
    assert ids() == [id for id in range(1, 30) if id != POISON]
    assert sorted(DeadLetter.objects.values_list("reason", flat=True)) == [
        "unknown_type",
        "unprocessable",
        "unprocessable",
        "unreadable",
    ]


def test_what_the_database_refuses_is_one_events_fault_and_not_the_databases(settings: Settings) -> None:
    settings.INBOX_ROUTES = f"{__name__}.OVERFLOWING"
    assert Processor().process([delivery(id=1), delivery(id=POISON)]) == {APPLIED: 1, REJECTED: 1}
    letter = DeadLetter.objects.get()
    assert letter.reason == "unprocessable"
    assert letter.error.startswith(IntegrityError.__name__)
    assert ids() == [1]


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_that_utc_cannot_say_is_a_dead_letter(time: str) -> None:
    assert Processor().process([delivery(id=1), delivery(id=2, updated_at=time)]) == {APPLIED: 1, REJECTED: 1}
    assert DeadLetter.objects.get().reason == "unprocessable"


def test_a_type_without_a_route_is_a_dead_letter_that_names_the_types_there_are(settings: Settings) -> None:
    settings.INBOX_ROUTES = f"{__name__}.STUMBLING"
    assert Processor().process([delivery("created")]) == {REJECTED: 1}
    letter = DeadLetter.objects.get()
    assert letter.reason == "unknown_type"
    assert "product.created.v1 is handled by nothing here" in letter.error
    assert "known are lockstep.catalogue.product.updated.v1" in letter.error


def test_who_only_watches_makes_no_dead_letter_of_what_is_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError("a bug of whoever watches")

    monkeypatch.setattr("inbox.following.processed", fails)
    assert Processor().process([delivery(id=1), delivery(id=2)]) == {Outcome.APPLIED: 2}
    assert (Product.objects.count(), DeadLetter.objects.count()) == (2, 0)
