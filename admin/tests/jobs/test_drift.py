"""The job "drift check", beside a service that answers as contract/openapi.service.yaml says."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import yaml
from jobs import claims, drift, operations
from jobs.errors import Cancelled, Later, Refused
from jobs.runs import Run

from tests.support import CONTRACT

pytestmark = pytest.mark.django_db
EXAMPLES = yaml.safe_load((CONTRACT / "openapi.service.yaml").read_text())["paths"]["/api/drift-checks/{run_id}"]["get"]
EXAMPLES = EXAMPLES["responses"]["200"]["content"]["application/json"]["examples"]
ENDED, BEGUN = EXAMPLES["WhatItFound"]["value"], EXAMPLES["ItGoesOn"]["value"]
EQUAL = ENDED | {"verdict": "equal", "counts": {}}
Answers = list[tuple[int, Any]]


class Service:
    """Gives its answers one after the other, the last one again and again."""

    def __init__(self) -> None:
        self.answers: Answers = []
        self.heard: list[tuple[str, str, str]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(this) -> None:
                self.heard.append((this.command, this.path, this.headers.get("Authorization", "")))
                status, told = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                body = told if isinstance(told, bytes) else json.dumps(told).encode()
                this.send_response(status)
                this.send_header("Content-Length", str(len(body)))
                this.end_headers()
                this.wfile.write(body)

            do_POST = do_GET

            def log_message(this, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def service(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    found = Service()
    thread = threading.Thread(target=found.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    url = f"http://127.0.0.1:{found.server.server_port}/"
    settings.OTHER_SIDE = settings.OTHER_SIDE | {"url": url, "token": "secret"}
    monkeypatch.setattr(drift, "LOOK_SECONDS", 0.01)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    yield found
    found.server.shutdown()
    found.server.server_close()
    thread.join()


@pytest.fixture
def attempt(db: None) -> Run:
    job = operations.add(kind="drift check", label="drift check", spec={}, by="a test")
    found = claims.claim(job.pk, worker="here:1")
    assert found is not None
    return found


def lines(attempt: Run) -> str:
    return " ".join(line.text for line in attempt.take()[0])


def test_a_check_is_begun_and_followed_to_its_end(service: Service, attempt: Run) -> None:
    service.answers = [(202, BEGUN), (200, BEGUN), (200, ENDED)]
    said = drift.run(attempt)
    assert said.startswith("drift: 2 missing, 1 different of 1,000 compared. Repair them")
    assert service.heard == [
        ("POST", "/api/drift-checks", "Bearer secret"),
        ("GET", "/api/drift-checks/17", "Bearer secret"),
        ("GET", "/api/drift-checks/17", "Bearer secret"),
    ]
    attempt.job.refresh_from_db()
    assert attempt.job.counts == {"missing": 2, "different": 1, "compared": 1000}
    assert attempt.take()[1]["said"] == "4,096 products compared"


def test_equal_is_said_so_and_replaces_what_an_earlier_attempt_counted(service: Service, attempt: Run) -> None:
    with attempt.writing() as counts:
        counts["missing"] = 9
    service.answers = [(202, EQUAL)]
    assert drift.run(attempt) == "equal: 1,000 products compared"
    assert attempt.counts == {"compared": 1000}


def test_a_check_that_goes_on_already_is_followed(service: Service, attempt: Run) -> None:
    service.answers = [(409, {"running": 17}), (200, BEGUN), (200, EQUAL)]
    assert drift.run(attempt) == "equal: 1,000 products compared"
    assert "service runs check 17 already" in lines(attempt)


def test_who_cancels_the_job_ends_it_between_two_looks(service: Service, attempt: Run) -> None:
    service.answers = [(202, BEGUN), (200, EQUAL)]
    attempt.interrupt(Cancelled)
    with pytest.raises(Cancelled):
        drift.run(attempt)


DEEP = b"[" * 100_000


@pytest.mark.parametrize(
    ("answers", "kind", "words"),
    [
        ([(401, {})], Refused, "must be a token of service's with the scope"),
        ([(403, {})], Refused, "tokens create admin --scope operate"),
        ([(404, {})], Refused, "same version"),
        ([(301, {})], Refused, "look at SERVICE_URL"),
        ([(429, {})], Later, "answers 429"),
        ([(500, {})], Later, "answers 500"),
        ([(503, b"<html>")], Later, "answers 503"),
        ([(409, {"running": 7}), (200, BEGUN | {"kind": "repair", "id": 7})], Later, "a repair goes on, run 7"),
        ([(409, {"running": None})], Later, "just ended"),
        ([(409, {"running": "x"})], Later, "just ended"),
        ([(409, {"running": 7}), (404, {})], Later, "nothing of check 7"),
        ([(202, ENDED | {"state": "lost"})], Later, "in the midst of check 17"),
        ([(202, ENDED | {"verdict": "unknown", "error": "admin is away"})], Later, "cannot tell: admin is away"),
        ([(202, ENDED | {"verdict": "unknown", "on_their_way": 3})], Later, "3 products differ whose events"),
        ([(202, b"")], Refused, "something else"),
        ([(202, b"[]")], Refused, "something else"),
        ([(202, DEEP)], Refused, "something else"),
        ([(202, b"\xff")], Refused, "something else"),
        ([(202, BEGUN | {"id": "x"})], Refused, "something else"),
        ([(202, BEGUN | {"state": "odd"})], Refused, "something else"),
        ([(202, BEGUN | {"compared": 2**70})], Refused, "something else"),
        ([(202, BEGUN | {"counts": {str(n): n for n in range(50)}})], Refused, "something else"),
        ([(202, b" " * 2_000_000 + b"{}")], Refused, "something else"),
    ],
)
def test_whatever_service_answers_is_said_in_words(
    service: Service, attempt: Run, answers: Answers, kind: type[Exception], words: str
) -> None:
    service.answers = answers
    with pytest.raises(kind) as caught:
        drift.run(attempt)
    assert words in str(caught.value)


def test_a_text_that_no_database_takes_is_stored_without_it(service: Service, attempt: Run) -> None:
    service.answers = [(202, BEGUN | {"said": "a\0b" * 1000}), (200, EQUAL)]
    drift.run(attempt)
    attempt.beat()
    attempt.job.refresh_from_db()
    assert attempt.job.said.startswith("abab")


@pytest.mark.parametrize(("url", "kind", "words"), [
    ("", Refused, "set SERVICE_URL and SERVICE_TOKEN"),
    ("http://127.0.0.1:1", Later, "gives no answer"),
])  # fmt: skip
def test_a_service_that_is_away_or_unknown_is_told_apart(
    settings: Any, attempt: Run, url: str, kind: type[Exception], words: str
) -> None:
    settings.OTHER_SIDE = settings.OTHER_SIDE | {"url": url}
    with pytest.raises(kind, match=words):
        drift.run(attempt)
