"""What several test modules need: reading the outbox, waiting with a deadline, threads, processes, a TCP proxy."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.db import connection, connections
from outbox.models import OutboxEvent

ADMIN = Path(__file__).resolve().parent.parent
CONTRACT = ADMIN.parent / "contract"
T = TypeVar("T")


def recorded() -> list[dict[str, Any]]:
    """The events in the outbox, oldest first."""
    return [json.loads(row.payload) for row in OutboxEvent.objects.order_by("id")]


def told() -> list[tuple[str, str, int]]:
    """The same in short: what happened, to which product, and its version."""
    return [(event["type"].split(".")[-2], event["subject"], event["data"]["version"]) for event in recorded()]


def forget() -> None:
    """Empties the outbox: what the test prepared is not what it is about."""
    OutboxEvent.objects.all().delete()


def wrong(answer: Any) -> dict[str, list[str]]:
    """What a problem (RFC 9457) says is not valid, by the place of each error."""
    told = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert (told["status"], told["title"], told["code"]) == (answer.status_code, "Bad Request", "invalid")
    found: dict[str, list[str]] = {}
    for error in told["errors"]:
        found.setdefault(error.get("pointer", error.get("parameter")), []).append(error["detail"])
    return found


def eventually(condition: Callable[[], T], *, seconds: float = 15.0) -> T:
    """The condition's value as soon as it is true; fails when it was not within the time."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s"
        time.sleep(0.01)
    return value


def together(*jobs: Callable[[], T]) -> list[Future[T]]:
    """Runs the jobs at the same time, each on a thread and a database connection of its own, to their end."""
    start = Barrier(len(jobs))

    def run(job: Callable[[], T]) -> T:
        start.wait()
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [pool.submit(run, job) for job in jobs]


def manage(*arguments: str, **environment: str) -> "subprocess.Popen[str]":
    """Starts manage.py as its users do, with nothing of our environment but the path."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ADMIN,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(process: "subprocess.Popen[str]", *, seconds: float = 30) -> tuple[int, str]:
    """The exit code and the output of a process that ends by itself; it is killed when it does not."""
    with process:
        try:
            output, _ = process.communicate(timeout=seconds)
        finally:
            process.kill()
    return process.returncode, output


def test_database_url() -> str:
    """The database of this test run, for processes that we start."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


test_database_url.__test__ = False  # type: ignore[attr-defined]  # pytest would collect it
