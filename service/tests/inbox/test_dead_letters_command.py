"""`manage.py dead_letters` as its users call it."""

import base64
import json
from collections.abc import Sequence
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from console.models import AuditEntry
from django.core.management import CommandError, call_command
from django.utils import timezone
from inbox import retrying
from inbox.dead_letters import MAX_BODY_BYTES
from inbox.envelope import Delivery
from inbox.models import DeadLetter
from inbox.processor import Processor
from inbox.routing import Change, Outcome, Route
from inbox.transactions import DatabaseUnavailable
from pytest_django import Settings
from replica import projection
from replica.models import Product

from tests.events import body, deliver, delivery
from tests.test_contract import INVALID, REASONS

pytestmark = pytest.mark.django_db
HOSTILE = "\x1b]0;pwned\x07\x7f\x9b\u202e"
RAW = {*"\x1b\x07\x7f\x9b\u202e\x00"}
POISON = 13


@pytest.fixture(autouse=True)
def within_the_tests_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """An open transaction would be a reason to drop the connection; real processes are tested elsewhere."""
    monkeypatch.setattr(retrying, "close_old_connections", lambda: None)


def run(*arguments: str, code: int = 0) -> str:
    """Its output; the exit code must be `code`."""
    out = StringIO()
    ended = 0
    try:
        call_command("dead_letters", *arguments, stdout=out)
    except CommandError as error:
        ended = error.returncode
        out.write(str(error))
    except SystemExit as error:
        ended = int(error.code or 0)
    assert ended == code, out.getvalue()
    return out.getvalue()


def rejected(content: bytes, **properties: Any) -> DeadLetter:
    Processor().process([deliver(content, **properties)])
    return DeadLetter.objects.latest("id")


def unknown(action: str = "painted", **changes: Any) -> DeadLetter:
    """Of a type that nothing handles yet."""
    return rejected(body(action, **changes))


def paint(changes: Sequence[Change]) -> list[Outcome]:
    if any(change.data.id == POISON for change in changes):
        raise ZeroDivisionError("bad luck")
    return projection.apply(changes)


PAINTING = {
    f"product.{action}.v1": Route(data=projection.ProductData, apply=paint, current=lambda id: row(id))
    for action in ("painted", "updated")
}


def row(id: int) -> Any:
    return Product.objects.filter(id=id).values().first()


@pytest.fixture
def upgraded(settings: Settings) -> None:
    """This version knows the type."""
    settings.INBOX_ROUTES = f"{__name__}.PAINTING"


def test_list_has_one_line_each(db: None) -> None:
    assert run("list").strip() == ""
    first, second = rejected(b"bad"), unknown(id=7, version=3)
    head, *lines = run("list").splitlines()
    assert head.split("\t")[:4] == ["id", "reason", "event_type", "subject"]
    assert lines[0].split("\t")[:2] == [str(first.id), "unreadable"]
    cells = lines[1].split("\t")
    assert cells[:6] == [
        str(second.id), "unknown_type", "lockstep.catalogue.product.painted.v1", "7", "painted-7-3", "1",
    ]  # fmt: skip


def aged(letter: DeadLetter, **ago: float) -> DeadLetter:
    DeadLetter.objects.filter(id=letter.id).update(last_seen_at=timezone.now() - timedelta(**ago))
    return letter


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ([], ["bad", "old", "seven"]),
        (["--reason", "unknown_type"], ["old", "seven"]),
        (["--type", "product.painted.v1"], ["seven"]),
        (["--type", "lockstep.catalogue.product.painted.v1"], ["seven"]),
        (["--product", "7"], ["seven"]),
        (["--product", "7; DROP TABLE inbox_deadletter"], []),
        (["--older-than", "2h"], ["old"]),
        (["--older-than", "0s", "--reason", "unreadable"], ["bad"]),
        (["--newer-than", "10m"], ["bad", "seven"]),
        (["--newer-than", "10m", "--reason", "unknown_type"], ["seven"]),
    ],
    ids=str,
)
def test_filters_say_which_are_meant(filters: list[str], found: list[str]) -> None:
    names = {
        rejected(b"bad").id: "bad",
        aged(unknown("bent", id=8), hours=3).id: "old",
        unknown(id=7).id: "seven",
    }
    listed = [names[letter["id"]] for letter in json.loads(run("list", "--json", *filters))]
    assert listed == found


def test_list_by_cause_has_one_line_for_all_that_are_alike() -> None:
    rejected(b"bad 1")
    rejected(b"bad 2")
    last = unknown(id=7)
    head, *lines = run("list", "--by-cause").splitlines()
    assert head.split("\t") == ["number", "products", "first_seen_at", "last_seen_at", "sample", "cause"]
    assert [line.split("\t")[:2] for line in lines] == [["2", "0"], ["1", "1"]]
    (group,) = json.loads(run("list", "--by-cause", "--json", "--product", "7"))
    assert (group["number"], group["sample"], group["reason"]) == (1, last.id, "unknown_type")
    assert json.loads(run("list", "--by-cause", "--json", "--product", "8")) == []
    assert [letter["id"] for letter in json.loads(run("list", "--json", "--cause", group["cause"]))] == [last.id]


def test_the_audit_keeps_what_was_done_and_not_what_was_only_tried() -> None:
    rejected(b"one")
    run("discard", "--reason", "unreadable", "--dry-run")
    run("retry", "--all", code=1)
    run("discard", "--reason", "unreadable")
    entries = [(entry.via, entry.action, entry.target, entry.said) for entry in AuditEntry.objects.order_by("id")]
    assert entries == [
        ("command", "begin retry dead letters", "all of them", "1 letter"),
        ("command", "end retry dead letters", "all of them", "1 rejected"),
        ("command", "begin discard dead letters", "of the reason unreadable", "1 letter"),
        ("command", "end discard dead letters", "of the reason unreadable", "1 discarded"),
    ]


def test_ids_say_which_are_meant() -> None:
    first, second = rejected(b"one"), rejected(b"two")
    assert [letter["id"] for letter in json.loads(run("list", "--json", str(first.id)))] == [first.id]
    assert run("discard", str(second.id), "4711", code=1).strip() == "discard: 1 discarded, 1 not there"
    assert list(DeadLetter.objects.all()) == [first]


@pytest.mark.parametrize("wrong", ["2", "2w", "-1h", "h", "999999999d", "1e3s", "\x1b[2J"])
def test_an_age_that_is_none_is_wrong_usage(wrong: str) -> None:
    with pytest.raises(CommandError, match="is no age"):
        call_command("dead_letters", "list", f"--older-than={wrong}")


@pytest.mark.parametrize("action", ["retry", "discard"])
def test_all_of_them_must_be_asked_for(action: str) -> None:
    letter = rejected(b"bad")
    assert "say --all" in run(action, code=2)
    assert DeadLetter.objects.get() == letter
    assert DeadLetter.objects.get().attempts == 1


def test_show_says_everything_and_the_copys_row_beside_it() -> None:
    Processor().process([delivery(id=7, version=3, title="Lamp of the copy")])
    content = body(id=7, version=9, price="cheap")
    letter = rejected(content, message_id="m-1", headers={"traceparent": "00-1"})
    shown = run("show", str(letter.id))
    for said in ("invalid", letter.error, "m-1", "traceparent", "Lamp of the copy", "updated-7-9", letter.fingerprint):
        assert said in shown
    assert content.decode() in shown
    read = json.loads(run("show", str(letter.id), "--json"))
    assert (read["body"], read["current"]["version"], read["current"]["title"]) == (
        content.decode(), 3, "Lamp of the copy",
    )  # fmt: skip
    assert "There is no dead letter 4711" in run("show", "4711", code=1)


def test_show_finds_the_row_of_a_type_that_nothing_handles() -> None:
    Processor().process([delivery(id=7, version=3)])
    assert json.loads(run("show", str(unknown(id=7).id), "--json"))["current"]["version"] == 3
    assert "no row of this product" in run("show", str(unknown(id=8).id))
    other = rejected(body(id=7, version=4).replace(b"product.updated", b"order.placed"))
    assert json.loads(run("show", str(other.id), "--json"))["current"] is None


@pytest.mark.parametrize("number", ["0", str(2**63), "1" * 300, "\u0663", "7 ", "-7"])
def test_an_odd_subject_has_no_row(number: str) -> None:
    letter = rejected(body(id=7, envelope={"subject": number}))
    assert json.loads(run("show", str(letter.id), "--json"))["current"] is None


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["show"], ["show", "--json"], ["retry", "--all"]])
def test_control_characters_never_reach_the_terminal(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    said = dict.fromkeys(("id", "type", "subject"), HOSTILE)
    letter = rejected(body(title=HOSTILE) + HOSTILE.encode() + b"\xff\x00", message_id=HOSTILE)
    other = rejected(body(envelope={**said, "subject": "1", "type": HOSTILE}))
    for each in (letter, other):
        shown = run(*arguments, *([str(each.id)] if arguments[0] == "show" else []), code=arguments[0] == "retry")
        assert not set(shown) & RAW
    assert not set("".join(capfd.readouterr())) & RAW


def test_a_body_that_is_no_text_is_shown_escaped_and_whole() -> None:
    letter = rejected(bytes(range(256)))
    shown = run("show", str(letter.id))
    assert "\\x00\\x01" in shown
    assert "\\xfe\\xff" in shown
    read = json.loads(run("show", str(letter.id), "--json"))
    assert (read["body"], base64.b64decode(read["body_base64"])) == (None, bytes(range(256)))


@pytest.mark.parametrize("name", REASONS)
def test_an_invalid_example_can_be_listed_shown_and_retried(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    letter = rejected((INVALID / name).read_bytes())
    assert json.loads(run("list", "--json"))[0]["id"] == letter.id
    assert run("show", str(letter.id))
    assert json.loads(run("show", str(letter.id), "--json"))["reason"] == REASONS[name]
    assert f"{letter.id}\trejected: {REASONS[name]}: " in run("retry", "--all", code=1)
    assert "Traceback" not in capfd.readouterr().err
    assert DeadLetter.objects.get().attempts == 2


def test_a_letter_whose_type_is_known_by_now_is_applied_and_gone(upgraded: None, settings: Settings) -> None:
    settings.INBOX_ROUTES = "config.routes.ROUTES"
    letter = unknown(id=7, version=3)
    assert "rejected: unknown_type" in run("retry", "--all", code=1)
    settings.INBOX_ROUTES = f"{__name__}.PAINTING"
    said = run("retry", "--all")
    assert said == f"{letter.id}\tapplied: it is in the copy now\nretry: 1 applied\n"
    assert Product.objects.get().version == 3
    assert not DeadLetter.objects.exists()


@pytest.mark.parametrize(("version", "outcome"), [(3, "duplicate"), (2, "stale")])
def test_a_letter_that_is_not_newer_than_the_copy_says_so_and_changes_nothing(
    settings: Settings, version: int, outcome: str
) -> None:
    letter = unknown(id=7, version=version, title="from the letter")
    Processor().process([delivery(id=7, version=3)])
    before = row(7)
    settings.INBOX_ROUTES = f"{__name__}.PAINTING"
    assert run("retry", str(letter.id)).startswith(f"{letter.id}\t{outcome}: the copy already has version 3\n")
    assert row(7) == before
    assert not DeadLetter.objects.exists()


def test_a_late_letter_does_not_bring_a_deleted_product_back(settings: Settings) -> None:
    unknown(id=7, version=2)
    Processor().process([delivery("deleted", id=7, version=3)])
    settings.INBOX_ROUTES = f"{__name__}.PAINTING"
    assert "stale: the copy already has version 3" in run("retry", "--all")
    assert Product.objects.get().deleted_at


def test_one_that_fails_again_stays_with_its_new_error_and_stops_no_other(settings: Settings) -> None:
    letters = [unknown(id=id) for id in (12, POISON, 14)]
    settings.INBOX_ROUTES = f"{__name__}.PAINTING"
    said = run("retry", "--all", code=1)
    assert f"{letters[1].id}\trejected: unprocessable: ZeroDivisionError: bad luck" in said
    assert said.endswith("retry: 2 applied, 1 rejected\n")
    left = DeadLetter.objects.get()
    assert (left.subject, left.attempts, left.reason) == (str(POISON), 2, "unprocessable")
    assert left.error == "ZeroDivisionError: bad luck"


@pytest.mark.parametrize("arguments", [["retry", "--all"], ["discard", "--all"], ["discard", "--reason", "unreadable"]])
def test_a_dry_run_says_what_would_be_done_and_does_nothing(upgraded: None, arguments: list[str]) -> None:
    rejected(b"bad")
    rejected(body("bent", id=7))
    before = list(DeadLetter.objects.values())
    said = run(*arguments, "--dry-run")
    assert f"\twould be {'retried' if arguments[0] == 'retry' else 'discarded'}\n" in said
    assert list(DeadLetter.objects.values()) == before
    assert not Product.objects.exists()


def test_a_body_that_was_cut_off_is_never_retried() -> None:
    letter = rejected(b"[" + b" " * MAX_BODY_BYTES + b"]")
    for arguments in (["--all"], [str(letter.id)]):
        assert "stays: its body was too large to be kept whole" in run("retry", *arguments, code=1)
    assert "would stay: its body was too large" in run("retry", "--all", "--dry-run")
    assert DeadLetter.objects.get().attempts == 1


def test_what_the_broker_gave_up_on_is_retried_only_when_it_is_asked_for() -> None:
    """It may have killed every process that read it so far."""
    Processor().process([Delivery(body=body(id=7), source="test", given_up="the broker gave up on it")])
    letter = DeadLetter.objects.get()
    assert "it may kill this process too" in run("retry", "--all", code=1)
    assert not Product.objects.exists()
    assert "applied" in run("retry", str(letter.id))


def test_discarding_leaves_a_log_line_each(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    letters = [rejected(b"one"), unknown(id=7)]
    caplog.clear()
    assert run("discard", "--all") == "discard: 2 discarded\n"
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert [(line["event"], line["id"], line["reason"], line["event_id"]) for line in lines] == [
        ("dead letter discarded", letters[0].id, "unreadable", ""),
        ("dead letter discarded", letters[1].id, "unknown_type", "painted-7-1"),
    ]
    assert not DeadLetter.objects.exists()


def test_a_database_that_does_not_answer_is_no_letters_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (b"1", b"2", b"3", b"4", b"5"):
        rejected(b"bad " + name)

    def fail(*_: object, **__: object) -> None:
        raise DatabaseUnavailable("database failed")

    monkeypatch.setattr(Processor, "process", fail)
    assert run("retry", "--all", code=1).endswith("retry: 3 stays, 2 left\n")


def test_pages_pass_over_none(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Letters go and change their last_seen_at on the way."""
    monkeypatch.setattr("inbox.queries.PAGE", 2)
    for id in range(10, 17):  # 13 among them
        unknown(id=id)
    assert len(json.loads(run("list", "--json"))) == 7
    settings.INBOX_ROUTES = f"{__name__}.PAINTING"
    assert run("retry", "--all", code=1).endswith("retry: 6 applied, 1 rejected\n")


def test_each_command_leaves_an_entry_before_and_one_with_its_counts(settings: Settings) -> None:
    unknown(id=7), rejected(b"bad"), unknown(id=8)
    settings.INBOX_ROUTES = f"{__name__}.PAINTING"
    run("retry", "--reason", "unknown_type", "--older-than", "0s")
    run("discard", "--all")
    run("discard", "--all", "--dry-run")
    discarded, _, retried, begun = AuditEntry.objects.all()
    assert (begun.via, begun.action, begun.said) == ("command", "begin retry dead letters", "2 letters")
    assert (retried.via, retried.action, retried.said) == ("command", "end retry dead letters", "2 applied")
    assert retried.target == "of the reason unknown_type, last seen more than 0 s ago"
    assert (discarded.action, discarded.said) == ("end discard dead letters", "1 discarded")
    assert discarded.target == "all of them"
