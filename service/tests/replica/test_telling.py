"""A run in words: each end that it can take, and what to do next."""

from datetime import UTC, datetime
from typing import Any

import pytest
from replica.models import DriftCheck
from replica.telling import told

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def run(**more: Any) -> DriftCheck:
    return DriftCheck(**{"kind": "check", "started_at": NOW, "finished_at": NOW, "compared": 1234} | more)


@pytest.mark.parametrize(
    ("row", "level", "said", "advice"),
    [
        ({"verdict": "equal"}, "ok", "Equal: 1,234 products compared", ""),
        ({"verdict": "equal", "repaired": {"stale": 2}}, "ok", "Equal: 1,234 products compared, 2 repaired", ""),
        ({"verdict": "equal", "is_whole": False, "compared": 1}, "ok", "Equal: the product is what admin has", ""),
        ({"verdict": "drift", "counts": {"stale": 1}}, "bad", "Drift: 1 product differs", "Repair them"),
        ({"verdict": "drift", "counts": {"extra": 2}}, "bad", "Drift: 2 products differ", "manage.py skip_ids 0"),
        ({"verdict": "drift", "counts": {"ahead": 2}}, "bad", "Drift: 2 products differ", "Was admin restored"),
        (
            {"verdict": "drift", "counts": {"missing": 10000}, "is_cut_short": True},
            "bad",
            "Drift: at least 10,000 products differ",
            "bootstrap_replica",
        ),
        (
            {"kind": "repair", "verdict": "drift", "counts": {"stale": 1}, "repaired": {"stale": 3}},
            "bad",
            "Drift: 1 product differs, 3 repaired",
            "breaks the contract",
        ),
        ({"verdict": "unknown", "error": "admin is away"}, "unknown", "Cannot tell: admin is away", "run it again"),
        (
            {"verdict": "unknown", "on_their_way": 3},
            "unknown",
            "Cannot tell: 3 products differ, whose events may still be on the way",
            "sync page",
        ),
        ({"verdict": "unknown", "is_cut_short": True}, "unknown", "Cannot tell: it ended before", "all products"),
        ({"finished_at": None}, "warn", "Cut short: its process ended", "Run it again."),
    ],
)
def test_each_end_is_told(row: dict[str, Any], level: str, said: str, advice: str) -> None:
    found = told(run(**row), is_running=False)
    assert found.level == level
    assert f"{found.word}: {found.rest}".startswith(said)
    assert advice in found.advice


def test_a_run_under_way_tells_how_far_it_is() -> None:
    found = told(run(finished_at=None, said="8,192 products compared"), is_running=True)
    assert (found.word, found.rest) == ("Running", "8,192 products compared")
