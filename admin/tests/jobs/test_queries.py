from typing import Any

import pytest
from jobs import queries
from jobs.models import State
from processes import steering

from tests.jobs.rows import a_job, lives

pytestmark = pytest.mark.django_db


def test_info_counts_each_queue() -> None:
    a_job()
    a_job()
    a_job(state=State.FAILED)
    a_job(kind="drift check", state=State.RUNNING)
    assert queries.info().queues == [
        queries.Queue(name="checks", queued=0, running=1, failed=0),
        queries.Queue(name="imports", queued=2, running=0, failed=1),
    ]


def test_info_knows_who_works_and_that_all_is_paused() -> None:
    assert (queries.info().living, queries.info().paused) == (0, None)
    lives()
    steering.pause(role="worker", by="ada", reason="moving")
    found = queries.info()
    assert (found.living, found.workers[0]["said"], found.paused["by"]) == (1, "0 of 2 processes busy", "ada")


def test_recent_is_newest_first_and_filtered() -> None:
    first, second = a_job(schedule="nightly"), a_job(kind="drift check", state=State.FAILED)
    assert list(queries.recent()) == [second, first]
    assert list(queries.recent(schedule="nightly")) == list(queries.recent(queue="imports")) == [first]
    assert list(queries.recent(state="failed")) == list(queries.recent(kind="drift check")) == [second]
    assert list(queries.recent(state="nonsense")) == []


def test_info_is_cheap(django_assert_num_queries: Any) -> None:
    lives()
    lives("beat")
    with django_assert_num_queries(4):
        queries.info()
