"""The pages of dead letters as people use them."""

import json
import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from console.models import AuditEntry
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from inbox.models import DeadLetter, Reason
from inbox.pages.bodies import SHOWN_BYTES
from inbox.processor import Processor
from inbox.retrying import GONE, Retrier
from replica.models import Product

from tests.events import body, delivery, event
from tests.inbox.letters import HOSTILE, POISON, applicable, given_up, rejected, stored
from tests.people import browser, person

pytestmark = pytest.mark.django_db
ROOT = "/admin/inbox/deadletter/"
RAW = {*"\x1b\x07\u202e\x00"}


@pytest.fixture
def worker(db: None) -> Client:
    return browser(person("worker", may=("view_deadletter", "work_deadletter")))


@pytest.fixture
def viewer(db: None) -> Client:
    return browser(person("viewer", may=("view_deadletter",)))


@pytest.fixture
def routes(settings: Any) -> None:
    settings.INBOX_ROUTES = "tests.inbox.letters.ROUTES"


def text(client: Client, path: str = "", status: int = 200, **query: Any) -> str:
    answer = client.get(ROOT + path, query)
    assert answer.status_code == status
    content = answer.content.decode()
    assert not RAW & set(content)
    assert "<script>alert" not in content
    return content


def said(client: Client, path: str = "", **query: Any) -> str:
    """What the page tells, whatever was asked."""
    return client.get(ROOT + path, query).content.decode()


def test_without_letters_the_page_says_what_one_would_be(viewer: Client) -> None:
    page = text(viewer)
    assert "Every event that came could be applied" in page
    assert "manage.py dead_letters list" in page


def test_groups_say_how_many_of_what_and_what_to_do(worker: Client) -> None:
    applicable(range(1, 4))
    given_up(b"killer")
    page = text(worker)
    assert "4 letters" in page
    assert "in 2 groups" in page
    assert "so it was" in page
    assert "Mend what the error names, then retry" in page
    assert "Retry 3…" in page
    assert page.count("action=retry&amp;cause=") == 1, "what was given up is not retried here"


def test_groups_come_in_pages(viewer: Client) -> None:
    for number in range(25):
        stored(b"%d" % number, error="x" * (number + 1))
    assert text(viewer).count("<article") == 20
    assert text(viewer, p="2").count("<article") == 5
    assert text(viewer, p="nonsense").count("<article") == 20


def test_who_may_only_look_is_offered_nothing_else(viewer: Client) -> None:
    applicable([1, 2])
    letter = DeadLetter.objects.latest("id")
    for path in ("", "letters/", f"{letter.id}/change/"):
        page = text(viewer, path)
        assert "deadletter/work" not in page
        assert not re.search(r"<button[^>]*>(Retry|Discard)", page)


def listed(client: Client, **query: Any) -> set[int]:
    return {int(id) for id in re.findall(r"/deadletter/(\d+)/change/", text(client, "letters/", **query))}


def test_filters_say_which_letters_are_listed(viewer: Client) -> None:
    bad, painted, seven = rejected(b"bad"), rejected(body("painted", id=8)), stored(body(id=7), error="Ünique 100%")
    DeadLetter.objects.filter(id=painted.id).update(last_seen_at=timezone.now() - timedelta(days=2))
    everything = {bad.id, painted.id, seven.id}
    assert listed(viewer) == everything
    assert listed(viewer, reason="unreadable") == {bad.id}
    assert listed(viewer, type="product.painted.v1") == {painted.id}
    assert listed(viewer, product="7") == {seven.id}
    assert listed(viewer, age="older-24") == {painted.id}
    assert listed(viewer, age="newer-1") == {bad.id, seven.id}
    assert listed(viewer, cause=seven.cause) == {seven.id}
    assert listed(viewer, text="nique 100%") == {seven.id}
    assert listed(viewer, text="painted-8-1") == {painted.id}
    assert listed(viewer, text=str(bad.id)) >= {bad.id}
    assert listed(viewer, text="100_") == set()
    assert listed(viewer, id=[bad.id, seven.id]) == {bad.id, seven.id}


@pytest.mark.parametrize(
    "query",
    [
        {"reason": "nonsense"}, {"age": "older-2"}, {"text": "\x00"}, {"cause": "a\x00b"}, {"type": "x" * 300},
        {"id": "one"}, {"id": str(2**63)}, {"id": [str(id) for id in range(501)]}, {"product": "\x00"},
    ],
    ids=lambda query: next(iter(query)),
)  # fmt: skip
def test_a_filter_that_makes_no_sense_means_no_letter(worker: Client, query: dict[str, Any]) -> None:
    applicable([1])
    page = said(worker, "letters/", **query)
    assert "makes no sense" in page
    assert "/change/" not in page
    answer = worker.get(ROOT + "work/", {"action": "retry", **query})
    assert answer.status_code == 400
    assert "nothing was done" in answer.content.decode()
    assert worker.get(ROOT + "export/", query).status_code == 404


def test_a_letter_is_shown_beside_the_copys_row(viewer: Client) -> None:
    Processor().process([delivery(id=5, version=3, title="Old", price="24.00")])
    letter = rejected(body(id=5, version=4, title="New", price="1e3", color="red"), app_id="billing")
    page = text(viewer, f"{letter.id}/change/")
    assert "3 fields differ" in page
    rows = re.findall(r'<tr( class="ls-differs")?>\s*<th scope="row">(\w+)', page)
    assert {name for differs, name in rows if differs} == {"title", "price", "version"}
    assert {"color", "applied_at", "updated_at"} <= {name for _, name in rows}
    assert "billing" in page
    assert "rejected" in page
    assert "the same error again" in page
    assert "/admin/sync/products/5" in page


def test_a_letter_without_a_row_in_the_copy_says_so(viewer: Client) -> None:
    applicable([5])
    page = text(viewer, f"{DeadLetter.objects.get().id}/change/")
    assert "The copy has no row of this product" in page
    assert "applied" in page


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"", "It is empty"),
        (b"plain \xc3\xa4 text", "text, 13 bytes"),
        (b"\xff\xfe\x00", "\\xff\\xfe\\x00"),
        (b'{"a":1,"a":2}', "text, 13 bytes"),  # pretty, one of the two would be gone
        (b'{"a":1.10}', "text, 10 bytes"),  # and this would be another number
        (b'{"a":NaN}', "text, 9 bytes"),
        (b"[" * 60_000, "text, 60,000 bytes"),
        (b"9" * 5000, "text, 5,000 bytes"),
        (b"x" * (SHOWN_BYTES + 1), "Only its first 64 KiB are shown"),
        ("ä".encode() * SHOWN_BYTES, "text, 131,072 bytes"),
        (json.dumps({"data": {HOSTILE: HOSTILE}, "\x00": "\ud800"}).encode(), "JSON, "),
    ],
    ids=range(11),
)
def test_any_body_is_shown_and_can_be_had_as_it_came(viewer: Client, content: bytes, shown: str) -> None:
    letter = stored(content, Reason.INVALID)
    page = text(viewer, f"{letter.id}/change/")
    assert shown in page
    assert len(page) < 700_000
    answer = viewer.get(f"{ROOT}{letter.id}/body/")
    assert answer.content == content
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment;")


def test_hostile_texts_are_harmless_wherever_they_stand(worker: Client) -> None:
    envelope = dict.fromkeys(("id", "type", "subject"), HOSTILE + "y" * 300)
    content = json.dumps(event(envelope=envelope, title="w" * 10_000, description=HOSTILE)).encode()
    rejected(content, message_id=HOSTILE, headers={HOSTILE: HOSTILE})
    letter = stored(body(id=2), error=HOSTILE + "e" * 10_000)
    for path in ("", "letters/", f"{letter.id}/change/", f"{letter.id - 1}/change/"):
        assert "alert(" in text(worker, path)
    for action in ("retry", "discard"):
        assert "alert(" in text(worker, "work/", action=action, cause=letter.cause)
    worker.post(f"{ROOT}{letter.id}/discard/", {"why": HOSTILE * 9})
    assert "alert" in AuditEntry.objects.get().said


def test_what_was_given_up_is_never_read(worker: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(*_: Any, **__: Any) -> None:
        raise AssertionError("this is what killed the consumer")

    letter = given_up(body(id=4))
    monkeypatch.setattr("inbox.pages.bodies.json", SimpleNamespace(loads=parse))
    monkeypatch.setattr("inbox.retrying.read", parse)
    monkeypatch.setattr("inbox.processor.read", parse)
    page = text(worker, f"{letter.id}/change/")
    assert f"manage.py dead_letters retry {letter.id}" in page
    assert "reading it may be the harm" in page
    worker.post(f"{ROOT}{letter.id}/retry/")
    assert DeadLetter.objects.get() == letter


@pytest.mark.parametrize("id", [4711, 2**63, 10**40])
@pytest.mark.parametrize("page", ["change", "body"])
def test_a_letter_that_is_not_there_is_not_found(viewer: Client, id: int, page: str) -> None:
    assert viewer.get(f"{ROOT}{id}/{page}/").status_code == 404


def test_one_letter_is_retried_and_the_audit_says_so(worker: Client) -> None:
    applicable([5])
    letter = DeadLetter.objects.get()
    answer = worker.post(f"{ROOT}{letter.id}/retry/")
    assert (answer.status_code, answer.headers["Location"]) == (302, ROOT)
    assert Product.objects.get().id == 5
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target) == ("worker", "retry dead letter", f"dead letter {letter.id}")
    assert entry.said.startswith("applied: it is in the copy now (unprocessable, lockstep.catalogue.product.updated.v1")
    assert "was applied" in said(worker)
    assert worker.post(f"{ROOT}{letter.id}/retry/").headers["Location"] == ROOT
    assert "is gone" in said(worker)


def test_what_has_applied_a_letter_says_so_though_another_one_has_deleted_it(db: None) -> None:
    applicable([5])
    letter = DeadLetter.objects.get()
    DeadLetter.objects.all().delete()
    done = Retrier(may_kill=False).retry(letter)
    assert done.outcome == GONE
    assert done.said == "applied, it is in the copy now; somebody else has closed it meanwhile"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", ["retry", "discard"])
def test_what_cannot_be_noted_is_not_done(worker: Client, unnoted: None, page: str) -> None:
    applicable([5])
    letter = DeadLetter.objects.get()
    worker.raise_request_exception = False
    assert worker.post(f"{ROOT}{letter.id}/{page}/", {"why": "a test"}).status_code == 503
    assert DeadLetter.objects.get() == letter
    assert not Product.objects.exists()


def test_after_a_letter_comes_what_is_left_of_its_group(worker: Client) -> None:
    applicable([5, 6])
    answer = worker.post(f"{ROOT}{DeadLetter.objects.latest('id').id}/retry/")
    assert answer.headers["Location"] == f"{ROOT}letters/?cause=unprocessable%3A+so+it+was"


def test_a_letter_that_is_rejected_again_stays_with_its_newest_error(worker: Client, routes: None) -> None:
    applicable([POISON])
    letter = DeadLetter.objects.get()
    answer = worker.post(f"{ROOT}{letter.id}/retry/")
    assert answer.headers["Location"] == f"{ROOT}{letter.id}/change/"
    letter.refresh_from_db()
    assert (letter.attempts, letter.cause) == (2, "unprocessable: ZeroDivisionError: bad luck")
    assert "rejected again" in said(worker)


def test_one_letter_is_discarded_only_with_a_reason_which_the_audit_keeps(worker: Client) -> None:
    letter = rejected(b"bad")
    worker.post(f"{ROOT}{letter.id}/discard/", {"why": "  "})
    assert DeadLetter.objects.get() == letter
    assert "Say why" in said(worker)
    worker.post(f"{ROOT}{letter.id}/discard/", {"why": "a test of theirs"})
    assert not DeadLetter.objects.exists()
    assert AuditEntry.objects.get().said == "why: a test of theirs (unreadable, no type, product unknown)"
    assert worker.post(f"{ROOT}{letter.id}/discard/", {"why": "again"}).status_code == 302
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("page", ["retry", "discard"])
def test_nothing_is_done_without_the_token_against_forged_requests(boss: User, page: str) -> None:
    letter = rejected(b"bad")
    client = browser(boss, enforce_csrf_checks=True)
    assert client.post(f"{ROOT}{letter.id}/{page}/", {"why": "forged"}).status_code == 403
    assert DeadLetter.objects.get().attempts == 1


def lines(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(ROOT + "export/", query)
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    return [json.loads(line) for line in b"".join(answer).decode().splitlines()]


def test_an_export_holds_every_byte_of_the_letters_that_match(viewer: Client) -> None:
    text_body, bytes_body = rejected(b"text"), rejected(b"\xff\x00")
    applicable([1])
    found = lines(viewer, reason="unreadable")
    assert [line["id"] for line in found] == [text_body.id, bytes_body.id]
    assert [(line["body"], line["body_base64"]) for line in found] == [("text", "dGV4dA=="), (None, "/wA=")]
    assert found[0]["cause"] == text_body.cause
    assert len(lines(viewer)) == 3


def test_an_export_of_many_comes_in_parts(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inbox.pages.export.MOST", 4)
    applicable(range(1, 11))
    page = text(viewer, "export/", product="")
    assert re.findall(r"part=(\d)", page) == ["1", "2", "3"]
    assert [len(lines(viewer, part=part)) for part in (1, 2, 3, 4)] == [4, 4, 2, 0]
