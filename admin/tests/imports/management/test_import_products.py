"""`manage.py import_products` as its users call it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from console.models import AuditEntry
from django.db import connections
from imports.models import Upload
from jobs import claims
from jobs.models import Job, State

from tests.jobs.commands import said
from tests.jobs.rows import lives
from tests.support import eventually

pytestmark = pytest.mark.django_db
URL = "https://shop.example.com/lamps"


def run(*arguments: str, code: int = 0) -> str:
    return said("import_products", *arguments, code=code)


def test_a_url_is_asked_for() -> None:
    lives()
    text = run(URL, "--depth", "1", "--max-pages", "7")
    job = Job.objects.get()
    assert text.strip() == f"Job {job.pk} is queued."
    assert (job.kind, job.label, job.spec) == ("import", URL, {"url": URL, "depth": 1, "max_pages": 7})
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target, entry.said, entry.via) == ("import", f"job {job.pk}", URL, "command")


def test_a_file_is_stored_for_the_worker(tmp_path: Path) -> None:
    (tmp_path / "lamps.csv").write_bytes(b"title,price\nLamp,1.00\n")
    assert "No worker lives" in run(str(tmp_path / "lamps.csv"))
    upload = Upload.objects.get()
    assert (upload.name, upload.content_type) == ("lamps.csv", "text/csv")
    assert bytes(upload.content).startswith(b"title")


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (("file:///etc/passwd",), "begins with http", 2),
        (("http://127.0.0.1/",), "private network", 2),
        (("http://user:pw@shop.example.com/",), "not stored", 2),
        (("/nowhere/lamps.csv",), "cannot be read", 1),
        (("a\0b.csv",), "cannot be read", 1),
        ((".",), "cannot be read", 1),
        ((URL, "--depth", "99"), "not from 0 to", 1),
        ((URL, "--max-pages", "0"), "not from 1 to", 1),
        ((URL, "--max-pages", "x"), "no whole number", 1),
        (("lamps.csv", "--depth", "1"), "for a URL", 2),
    ],
)
def test_what_cannot_be_imported_is_said_in_words(arguments: tuple[str, ...], words: str, code: int) -> None:
    assert words in run(*arguments, code=code)
    assert not Job.objects.exists()


@pytest.mark.parametrize(("name", "content"), [("empty.csv", b""), ("lamps.exe", b"x")])
def test_a_file_that_is_none_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    run(str(tmp_path / name), code=2)
    assert not Job.objects.exists()


@pytest.fixture
def worker(transactional_db: None) -> Iterator[list[State]]:
    """Does the one job that comes, and ends it as the list says."""
    ends: list[State] = []

    def work() -> None:
        try:
            job = eventually(lambda: Job.objects.first())
            attempt = claims.claim(job.pk, worker="here:1")
            assert attempt is not None
            attempt.note("reads the shop")
            attempt.progress(3, 9, "page 3")
            attempt.beat()
            threading.Event().wait(1.2)  # a look of the command's
            claims.finish(attempt, ends[0], "that was it")
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    yield ends
    thread.join()


@pytest.mark.parametrize(("end", "code"), [(State.SUCCEEDED, 0), (State.FAILED, 1), (State.CANCELLED, 1)])
def test_following_tells_the_progress_and_the_end(worker: list[State], end: State, code: int) -> None:
    worker.append(end)
    text = run(URL, "--follow", code=code)
    assert "info\treads the shop" in text
    assert "at\t3 of 9 page 3" in text
    assert text.rstrip().splitlines()[-1] == f"Job {Job.objects.get().pk} {end}: that was it" or "No worker" in text
