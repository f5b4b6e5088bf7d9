"""`manage.py jobs` as its users call it: what it shows."""

import json
from typing import Any

import pytest
from django.db import connection
from jobs.models import Job, Line, State
from processes import steering

from tests.jobs.commands import said
from tests.jobs.rows import a_job, lives
from tests.support import ended, manage, test_database_url

pytestmark = pytest.mark.django_db


def run(*arguments: str, code: int = 0) -> str:
    return said("jobs", *arguments, code=code)


def told(*arguments: str, code: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", code=code))


def test_info_shows_queues_and_who_works() -> None:
    a_job()
    a_job(state=State.RUNNING)
    a_job(kind="drift check", state=State.FAILED)
    lives(said="1 of 2 processes busy", state="working")
    lives("beat", said="3 schedules")
    lines = run("info").splitlines()
    assert lines[:2] == ["checks\t0 queued\t0 running\t1 failed", "imports\t1 queued\t1 running\t0 failed"]
    assert lines[2].startswith("worker\tworking\t1 of 2 processes busy\there:17, last sign ")
    assert lines[3].startswith("beat\tidle\t3 schedules\t")
    assert lines[4] == "1 queued, 1 running, 1 failed; 1 worker"


def test_info_says_what_to_do_where_jobs_wait_for_nobody() -> None:
    assert "No worker lives" in run("info")
    a_job()
    lives(silent_for=60)
    text = run("info", code=1)
    assert "worker\tsilent\t" in text
    assert "No worker lives, so nothing is done. Start one" in text
    assert "Beat does not live" in text
    assert told("info", code=1)["exit_code"] == 1


def test_info_tells_a_pause_with_its_reason() -> None:
    lives()
    a_job()
    steering.pause(role="worker", by="ada", reason="moving \x1b[31m")
    text = run("info")
    assert "Paused by ada at " in text
    assert "moving \\x1b[31m. Go on: manage.py jobs resume" in text
    assert told("info")["paused"]["by"] == "ada"
    assert told("info")["queues"][1] == {"name": "imports", "queued": 1, "running": 0, "failed": 0}


def test_list_is_filtered_and_the_newest_comes_first() -> None:
    first, second = a_job(schedule="nightly"), a_job(kind="drift check", state=State.FAILED)
    assert [job["id"] for job in told("list")] == [second.pk, first.pk]
    assert [job["id"] for job in told("list", "--state", "failed")] == [second.pk]
    assert [job["id"] for job in told("list", "--queue", "imports")] == [first.pk]
    assert [job["id"] for job in told("list", "--schedule", "nightly")] == [first.pk]
    assert [job["id"] for job in told("list", "--limit", "1")] == [second.pk]
    assert told("list", "--schedule", "none") == []
    assert run("list", "--schedule", "none").strip() == "no such jobs"


def test_list_is_a_table_made_printable() -> None:
    job = a_job(label="https://shop.example.com/\x1b]0;pwned\x07", said="x" * 300)
    head, row = run("list").splitlines()
    assert head.split("\t")[:4] == ["id", "kind", "what", "state"]
    assert row.startswith(f"{job.pk}\timport\thttps://shop.example.com/\\x1b]0;pwned\\x07\tqueued\tada\t")
    assert len(row) < 400


def test_show_has_facts_lines_and_traceback() -> None:
    job = a_job(state=State.FAILED, error="Traceback\n  boom \x1b[0m", counts={"created": 3}, token=2)
    Line.objects.create(job=job, attempt=2, level="error", text="it \x07 broke")
    text = run("show", str(job.pk))
    assert 'counts\t{"created": 3}' in text
    assert "\t2\terror\tit \\x07 broke" in text
    assert "Traceback\n  boom \\x1b[0m" in text
    found = told("show", str(job.pk))
    assert (found["attempt"], found["lines"][0]["level"], found["error"][:9]) == (2, "error", "Traceback")
    assert "There is no job 999" in run("show", "999", code=1)


def test_failed_says_why() -> None:
    a_job()
    job = a_job(state=State.FAILED, said="The shop is gone.", token=5)
    assert run("failed").splitlines()[1].split("\t") == [
        str(job.pk),
        "import",
        "the shop",
        "",
        "5",
        "The shop is gone.",
    ]
    assert [one["id"] for one in told("failed")] == [job.pk]


def test_runs_are_the_jobs_of_schedules() -> None:
    a_job()
    first, second = a_job(schedule="a", counts={"created": 2, "rejected": 0}), a_job(schedule="b")
    assert [one["id"] for one in told("runs")] == [second.pk, first.pk]
    row = run("runs", "a").splitlines()[1].split("\t")
    assert (row[0], row[1], row[5]) == (str(first.pk), "a", "2 created")


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--state", "odd"),
        ("list", "--queue", "odd"),
        ("list", "--limit", "0"),
        ("list", "--limit", "9" * 5000),
        ("list", "--schedule", "a\0b"),
        ("show", "x"),
        ("show", "9" * 5000),
        ("show", "-1"),
        ("runs", "x" * 201),
        ("info", "--watch", "x"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert run(*arguments, code=1).startswith("Error: ")


def test_the_real_command_answers_by_exit_code(transactional_db: None) -> None:
    a_job()
    environment = {"DEBUG": "1", "DATABASE_URL": test_database_url(), "BROKER_URL": "amqp://nobody@127.0.0.1:1/none"}
    code, output = ended(manage("jobs", "info", **environment))
    assert (code, "No worker lives" in output) == (1, True)
    code, output = ended(manage("jobs", "show", "x", **environment))
    assert (code, "x is no whole number" in output) == (2, True)
    code, output = ended(manage("jobs", "cancel", str(Job.objects.get().pk), **environment))
    assert (code, "is cancelled" in output) == (0, True)


def test_a_database_that_is_away_is_no_answer(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE jobs_job RENAME TO jobs_away")
    try:
        assert "Cannot tell: " in run("info", code=3)
        assert run("list", code=1).startswith("list: database ")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE jobs_away RENAME TO jobs_job")
