"""Whatever the other side answers, the pages can be made of it."""

from datetime import timedelta
from typing import Any

import pytest
from console import facts, pipeline, verdict
from console.halves import Halves, join
from console.reading import LONGEST, MOST
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.console.told import ADMIN, NOW, SERVICE, before, changed, halves

ODD = some.one_of(
    some.none(),
    some.booleans(),
    some.integers(),
    some.floats(),
    some.sampled_from([2**63, -1, 10**400, "", "x" * 5000, "\0", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+00:00"]),
    some.text(),
    some.just([[]]),
    some.just({"": {}}),
)
NAMES = sorted({*ADMIN, *SERVICE, *ADMIN["outbox"], *SERVICE["broker"], *ADMIN["processes"][0], "at", "lag", "counts"})
JSON = some.recursive(
    ODD, lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.sampled_from(NAMES), inner, max_size=5)
)


def everything_said(seen: Halves) -> str:
    return f"{verdict.findings(seen)} {pipeline.boxes(seen)}"


@settings(max_examples=100, deadline=None)
@given(
    changes=some.dictionaries(some.sampled_from(NAMES), JSON, max_size=6), own=some.sampled_from(["admin", "service"])
)
def test_odd_answers_are_no_trouble(changes: dict[str, Any], own: str) -> None:
    usual = SERVICE if own == "admin" else ADMIN
    odd = changed(usual, None) | changes | {"side": usual["side"]}
    seen = halves(None, odd, own=own) if own == "admin" else halves(odd, None, own=own)
    assert everything_said(seen)


@pytest.mark.parametrize("odd", [None, 1, "admin", [], {}, {"side": 1}, {"side": "admin"}])
def test_what_is_no_half_of_the_other_side_is_none(odd: Any) -> None:
    seen = join(own="admin", mine=ADMIN, other=odd, now=NOW)
    assert seen.theirs is None
    assert "look at SERVICE_URL and SERVICE_TOKEN" in seen.away
    assert everything_said(seen)


@pytest.mark.parametrize("odd", [-1, 2**63, True, 1.0, "1", None, [1]])
def test_what_is_no_count_is_not_known(odd: Any) -> None:
    seen = halves(None, {"products": odd, "dead_letters": {"total": odd}}).service
    assert seen
    assert seen.dead_letters
    assert (seen.products, seen.dead_letters.total) == (None, 0)


@pytest.mark.parametrize("odd", [-1, 2**63, True, float("nan"), float("inf"), "1", None])
def test_what_is_no_lag_is_not_known(odd: Any) -> None:
    minutes = [{"at": before(30), "counts": {"applied": odd}, "lag": {"median": odd, "p95": 1}}]
    seen = halves(None, {"minutes": minutes}).service
    assert seen
    assert seen.minutes[0].lag
    assert (seen.minutes[0].lag.median, seen.minutes[0].lag.p95, seen.minutes[0].counts) == (None, 1.0, {})


def test_long_texts_and_lists_are_cut() -> None:
    processes = [{"said": "x" * 10_000, "is_fresh": True}] * 1000
    seen = halves(None, {"processes": processes}).service
    assert seen
    assert len(seen.processes) == MOST
    assert len(seen.processes[0].said) == LONGEST


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example", "ftp://x/", "data:text/html,x", ""])
def test_no_link_leads_to_what_is_no_page(url: str) -> None:
    seen = halves(None, {"console": url}).service
    assert seen
    assert seen.url == ""


def test_a_console_s_address_ends_with_a_slash() -> None:
    seen = halves(None, {"console": "https://service.example/admin"}).service
    assert seen
    assert seen.url == "https://service.example/admin/"


def test_a_rate_is_of_the_last_minutes() -> None:
    """One and a half: 60 events in the one before, 30 in this one, which is half over."""
    assert facts.rate(halves().admin, "published", now=NOW, span=15) == 1.0
    assert facts.rate(halves().admin, "applied", now=NOW, span=15) == 0.0


def test_a_rate_of_a_day_is_of_the_last_ten_minutes() -> None:
    minutes = [
        {"at": before(900), "counts": {"applied": 10**9}},
        {"at": before(750), "counts": {"applied": 600}},
        {"at": before(150), "counts": {"applied": 150}},
    ]
    assert facts.rate(halves(None, {"minutes": minutes}).service, "applied", now=NOW, span=1440) == 1.0


def test_a_moment_before_all_years_is_none() -> None:
    seen = halves(None, {"at": before(-3600), "processes": [{"since": "0001-01-01T00:00:00Z", "is_fresh": True}]})
    assert seen.service
    assert seen.service.processes[0].since is None
    assert seen.clock_ahead == timedelta(hours=1)
