"""The database is locked, or away: a page says so in words."""

import contextlib
from collections.abc import Iterator

import pytest
from console.models import AuditEntry
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from inbox import transactions
from inbox.models import DeadLetter
from processes.models import Pause

from tests.database import another, unreachable
from tests.inbox.letters import applicable
from tests.people import browser

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(boss: User) -> Client:
    return browser(boss)


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Somebody else writes, and does not end."""
    with another() as writer:
        writer.execute("BEGIN IMMEDIATE")
        yield
        writer.execute("ROLLBACK")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the others lock rows, not all of the database")
def test_what_a_locked_database_does_not_take_is_said_in_words(page: Client) -> None:
    applicable([5])
    letter = DeadLetter.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    with locked():
        for path in ("/admin/sync/pause", f"/admin/inbox/deadletter/{letter.id}/retry/"):
            answer = page.post(path, {"reason": "a test"})
            assert (answer.status_code, answer["Retry-After"]) == (503, "5")
            assert "What you asked for was not done" in answer.content.decode()
    assert DeadLetter.objects.get() == letter
    assert not Pause.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("path", ["/admin/", "/admin/inbox/deadletter/?p=%22%3E%3Cscript%3E", "/admin/auth/user/"])
def test_without_the_database_every_page_is_one_in_words(
    page: Client, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    with unreachable():
        answer = page.get(path)
    text = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert "The database does not answer" in text
    assert 'href="/admin/' in text
    assert "<script" not in text
    assert str(connection.settings_dict["NAME"]) not in text, "not everybody is to read where it is"
    (line,) = [record.getMessage() for record in caplog.records if record.name == "config.away"]
    assert "database failed" in line
    assert [record.levelname for record in caplog.records if record.name == "django.request"] == []


def test_an_error_that_is_a_bug_stays_one(page: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    page.raise_request_exception = False
    monkeypatch.setattr("console.halves.read", lambda **_: 1 / 0)
    assert page.get("/admin/").status_code == 500


def test_a_request_does_not_wait_for_one_lock_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the deadline behind it, the first conflict is the last one."""
    monkeypatch.setattr(transactions, "LONGEST_SECONDS", 0.0)
    tried = 0

    def work() -> None:
        nonlocal tried
        tried += 1
        raise OperationalError("database is locked" if connection.vendor == "sqlite" else 1213)

    with pytest.raises(transactions.DatabaseUnavailable):
        transactions.committed(work)
    assert tried == 1
