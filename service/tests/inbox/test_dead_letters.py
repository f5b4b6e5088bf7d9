from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from inbox import queries
from inbox.dead_letters import MAX_BODY_BYTES, store
from inbox.envelope import Rejected
from inbox.models import DeadLetter, Reason
from inbox.processor import Processor
from inbox.routing import Outcome
from replica.models import Product

from tests.events import body, deliver, delivery

pytestmark = pytest.mark.django_db
NEIGHBOUR = delivery(id=77)


def rejected(content: bytes, **properties: Any) -> DeadLetter:
    """The dead letter that `content` became, while its neighbour in the batch was applied."""
    outcomes = Processor().process([deliver(content, **properties), NEIGHBOUR])
    assert outcomes[Outcome.REJECTED] == 1
    assert Product.objects.filter(id=77).exists()
    return DeadLetter.objects.get()


def nested(depth: int) -> Any:
    value: Any = "core"
    for _ in range(depth):
        value = {"": [value]}
    return value


def test_a_dead_letter_says_what_came_from_where_and_why() -> None:
    before = timezone.now()
    content = body(id=5, version=2, title=None)
    letter = rejected(content, message_id="updated-5-2", content_type="application/cloudevents+json", headers=None)
    assert (letter.reason, letter.source, letter.attempts) == ("invalid", "test", 1)
    assert bytes(letter.body) == content
    assert letter.error == "Expected `str`, got `null` - at `$.title`"
    assert (letter.event_id, letter.subject) == ("updated-5-2", "5")
    assert letter.event_type == "lockstep.catalogue.product.updated.v1"
    assert letter.headers["message_id"] == "updated-5-2"
    assert before <= letter.first_seen_at == letter.last_seen_at <= timezone.now()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "unreadable"),
        (b" ", "unreadable"),
        (b"not JSON", "unreadable"),
        (b"\x00", "unreadable"),
        (b"\xff\xfe", "unreadable"),
        (body().replace(b"Lamp", b"L\xe4mp"), "unreadable"),
        (body().replace(b"Lamp", b"\\ud800"), "unreadable"),
        (body().replace(b"Lamp", b"\\u0000"), "invalid"),
        (body() + b"x", "unreadable"),
        (body().replace(b'"19.90"', b"NaN"), "unreadable"),
        (b"[" * 100_000 + b"]" * 100_000, "invalid"),
        (b'{"data":' * 100_000, "unreadable"),
        (b'{"data":' * 100_000 + b"1" + b"}" * 100_000, "unreadable"),
        (body().replace(b'"Lamp"', b"[" * 100_000 + b"]" * 100_000), "unreadable"),
        (b"[]", "invalid"),
        (b"null", "invalid"),
        (b"3", "invalid"),
        (b'"text"', "invalid"),
        (b"{}", "invalid"),
        (body().replace(b"updated.v1", b"updated.v2"), "unknown_type"),
        (body().replace(b"product.updated", b"order.placed"), "unknown_type"),
        (body(version=2**63), "invalid"),
        (body(version=True), "invalid"),
        (body().replace(b'"version": 1', b'"version": ' + b"9" * 5000), "invalid"),
    ],
    ids=lambda value: value[:24].decode(errors="replace") if isinstance(value, bytes) else value,
)
def test_what_cannot_be_read_is_kept_as_it_came(content: bytes, reason: str) -> None:
    letter = rejected(content)
    assert letter.reason == reason, letter.error
    assert bytes(letter.body) == content
    assert letter.error


def test_a_body_of_10_mib_keeps_its_beginning_and_says_so() -> None:
    letter = rejected(b"\xff\x00'" * (10 * 2**20 // 3 + 1))
    assert len(letter.body) == MAX_BODY_BYTES
    assert "10485762 bytes" in letter.error


def test_the_same_body_again_is_the_same_row() -> None:
    rejected(b"bad", message_id="first")
    first = DeadLetter.objects.get()
    letter = rejected(b"bad", message_id="second")
    assert (letter.id, letter.attempts, letter.first_seen_at) == (first.id, 2, first.first_seen_at)
    assert letter.last_seen_at > first.last_seen_at
    Processor().process([deliver(b"other")])
    assert list(DeadLetter.objects.values_list("attempts", flat=True)) == [2, 1]


def test_the_same_body_twice_in_a_batch_is_one_row() -> None:
    assert Processor().process([deliver(b"bad")] * 2) == {Outcome.REJECTED: 2}
    assert DeadLetter.objects.get().attempts == 2


def test_two_long_bodies_that_differ_behind_what_is_kept_are_two_rows() -> None:
    long = b"x" * (MAX_BODY_BYTES + 1)
    Processor().process([deliver(long), deliver(long + b"y")])
    assert DeadLetter.objects.count() == 2


def test_properties_of_any_type_are_stored_in_words() -> None:
    headers = {
        "bytes": b"\xff\x00",
        "when": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "decimal": Decimal("1.50"),
        "table": {"list": [1, {"none": None}, True], "": ""},
        "nul\x00key": "nul\x00value",
        "surrogate": "\ud800",
        "emoji": "💡",
        "big": 2**62,
        "float": 1.5,
    }
    letter = rejected(b"bad", headers=headers, timestamp=2**63, priority=200, expiration="\x00")
    assert letter.headers == {
        "headers": {
            "bytes": "/wA=",
            "when": "2026-01-02T03:04:05Z",
            "decimal": "1.50",
            "table": {"list": [1, {"none": None}, True], "": ""},
            "nul\\x00key": "nul\\x00value",
            "surrogate": "\\ud800",
            "emoji": "💡",
            "big": 2**62,
            "float": 1.5,
        },
        "timestamp": 2**63,
        "priority": 200,
        "expiration": "\\x00",
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1: 2}, 2**64, -(2**64)])
def test_odd_properties_never_cost_the_dead_letter(value: Any) -> None:
    assert "odd" in rejected(b"bad", headers={"odd": value}).headers["headers"]


@pytest.mark.parametrize("depth", [20, 50, 200, 5000])
def test_deeply_nested_properties_never_cost_the_dead_letter(depth: int) -> None:
    """MariaDB stores JSON no deeper than 32 levels, and Python has a limit of its own."""
    assert rejected(b"bad", headers={"deep": nested(depth)}, message_id="kept").headers["message_id"] == "kept"


@pytest.mark.parametrize("value", ["x" * 300, "💡" * 300, "\x00" * 300, 7, None, ["list"], {"a": "table"}, True])
@pytest.mark.parametrize("name", ["id", "type", "subject"])
def test_an_odd_name_never_costs_the_dead_letter(name: str, value: Any) -> None:
    letter = rejected(body(envelope={name: value, "specversion": "9"}))
    found = letter.event_id if name == "id" else letter.event_type if name == "type" else letter.subject
    assert len(found) <= 255
    assert found[:1] == (value[:1].replace("\x00", "\\") if isinstance(value, str) else "")


def test_a_long_error_is_cut() -> None:
    letter = rejected(body(envelope={"type": "x" * 255, "note": "y" * 100_000}))
    assert letter.reason == "unknown_type"
    assert len(letter.error) <= 10_000


def test_of_many_letters_of_one_product_the_newest_are_told_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "LISTED", 2)
    for number in range(3):
        store([(deliver(body(id=7, version=number + 1)), Rejected(Reason.UNPROCESSABLE, f"error {number}"))])
    assert [letter["error"] for letter in queries.of_product("7")] == ["error 1", "error 2"]
