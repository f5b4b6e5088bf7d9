"""What makes two dead letters alike."""

import time

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from inbox import queries
from inbox.causes import LONGEST, cause
from inbox.models import DeadLetter, Reason

from tests.events import body
from tests.inbox.letters import HOSTILE, applicable, rejected, stored

MARIADB = "DataError: (1406, \"Data too long for column 'title' at row 3\")"
POSTGRES = 'IntegrityError: duplicate key value violates unique constraint "sku_is_unique"\nDETAIL: Key (sku)=(L-1).'


@pytest.mark.parametrize(
    ("error", "found"),
    [
        ("Expected `str`, got `null` - at `$.title`", "Expected `str`, got `null` - at `$.title`"),
        ("JSON is malformed: invalid character (byte 123)", "JSON is malformed: invalid character (byte …)"),
        ("Invalid UTF-8 in 7,000 bytes", "Invalid UTF-8 in … bytes"),
        ("Expected `int` - at `$.items[3].x`", "Expected `int` - at `$.items[…].x`"),
        ("subject 5 and data.id 7 differ", "subject … and data.id … differ"),
        ("a.b.updated.v2 is handled by nothing here", "a.b.updated.v2 is handled by nothing here"),
        ("KeyError: 'Lamp'", "KeyError: …"),
        ("it doesn't, it can't", "it doesn't, it can't"),
        ("event 019b7ca9-8f2e-76b8-b273-ff34fce19d6b.", "event …."),
        ("at 2026-01-02T03:04:05.678901Z, by 0x7f00aa", "at …, by …"),
        ("key deadbeefdeadbeef1234", "key …"),
        (MARIADB, "DataError: Data too long for column 'title' at row …"),
        (POSTGRES, 'IntegrityError: duplicate key value violates unique constraint "sku_is_unique"'),
        ("two\tspaces  and\nanother line", "two\\tspaces and"),
        ("\x1b[2J\u202e", "\\x1b[2J\\u202e"),
        ("", ""),
    ],
)
def test_what_is_particular_to_one_event_is_left_out(error: str, found: str) -> None:
    assert cause(reason="invalid", error=error) == f"invalid: {found}".strip()


@pytest.mark.parametrize(
    "error", ["'" * 10_000, '"a' * 5000, "0" * 10_000, "a" * 9999 + "1", "column " * 1400, "💡" * 9000]
)
def test_a_long_error_has_a_short_cause_at_once(error: str) -> None:
    began = time.monotonic()
    found = cause(reason="unprocessable", error=error)
    assert len(found) <= LONGEST
    assert time.monotonic() - began < 0.5


@pytest.mark.django_db
def test_letters_of_one_cause_are_one_group_and_the_largest_comes_first() -> None:
    for number in range(3):
        rejected(b"not JSON %d" % number)
    rejected(body(id=1, title=None))
    applicable(range(10, 15))
    groups = list(queries.groups(DeadLetter.objects.all()))
    assert [(group["reason"], group["number"], group["products"]) for group in groups] == [
        ("unprocessable", 5, 5),
        ("unreadable", 3, 0),
        ("invalid", 1, 1),
    ]
    assert groups[0]["cause"] == "unprocessable: so it was"
    assert groups[0]["sample"] == DeadLetter.objects.filter(cause=groups[0]["cause"]).latest("id").id
    assert groups[0]["first_seen_at"] <= groups[0]["last_seen_at"]


@pytest.mark.django_db
def test_a_letter_that_fails_otherwise_goes_to_another_group() -> None:
    stored(b"same", Reason.UNPROCESSABLE, "first")
    letter = stored(b"same", Reason.INVALID, "second")
    assert (letter.cause, DeadLetter.objects.count()) == ("invalid: second", 1)


@pytest.mark.django_db
def test_a_hostile_error_has_a_cause_that_is_stored_and_found_again() -> None:
    letter = stored(b"hostile", error=HOSTILE + "\x00\ud800💡")
    letter.refresh_from_db()
    assert queries.Wanted(cause=letter.cause).letters.get() == letter
    assert letter.cause.isprintable()


def migrate(name: str) -> None:
    MigrationExecutor(connection).migrate([("inbox", name)])


@pytest.mark.django_db(transaction=True)
def test_letters_of_before_are_given_their_cause_and_the_way_back_is_open() -> None:
    newest = next(name for app, name in MigrationExecutor(connection).loader.graph.leaf_nodes("inbox"))
    old = "0002_given_up"
    try:
        migrate(old)
        state = MigrationExecutor(connection).loader.project_state([("inbox", old)])
        kept = {"body": b"x", "source": "test", "reason": "invalid"}
        moment = dict.fromkeys(("first_seen_at", "last_seen_at"), "2026-01-02T03:04:05Z")
        state.apps.get_model("inbox", "DeadLetter").objects.bulk_create(
            state.apps.get_model("inbox", "DeadLetter")(**kept, **moment, error=f"byte {n}", fingerprint=str(n))
            for n in range(1100)
        )
    finally:
        migrate(newest)
    assert set(DeadLetter.objects.values_list("cause", flat=True)) == {"invalid: byte …"}
    assert DeadLetter.objects.count() == 1100


@pytest.mark.django_db
def test_a_consumer_of_before_can_still_store_letters() -> None:
    """It names no cause."""
    stored(b"x")
    columns = [f.column for f in DeadLetter._meta.concrete_fields if f.name not in ("id", "cause", "fingerprint")]
    names = ",".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO inbox_deadletter ({names},fingerprint) SELECT {names},'other' FROM inbox_deadletter"
        )
    assert set(DeadLetter.objects.values_list("cause", flat=True)) == {"unprocessable: so it was", ""}
