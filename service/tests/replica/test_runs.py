"""The row of a run: one at a time for the pages, a dead one in nobody's way, and what a later run makes of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from inbox.sources import SourceUnavailable
from replica import queries, runs
from replica.check import Report
from replica.drift import Difference, Kind
from replica.models import ALIVE, DriftCheck
from replica.runs import Busy, Run

from tests import database

CHECK, REPAIR = DriftCheck.Kind.CHECK, DriftCheck.Kind.REPAIR


class Asked:
    """A check that says what it was told to say."""

    def __init__(self, report: Report, *, does: Callable[[], object] = lambda: None) -> None:
        self.report = report
        self._does = does

    def run(self, say: Callable[[str], None]) -> Report:
        say("1 product compared")
        self._does()
        return self.report


def raising(error: BaseException) -> Callable[[], object]:
    def does() -> None:
        raise error

    return does


def ended(row: DriftCheck, *drift: Difference, mended: tuple[Difference, ...] = (), **report: Any) -> DriftCheck:
    check: Any = Asked(Report(drift=list(drift), mended=list(mended), **report))
    check.report.repaired.update(found.kind for found in mended)
    Run(row).follow(check)
    row.refresh_from_db()
    return row


def found(id: int, kind: Kind = Kind.STALE) -> Difference:
    return Difference(id, kind, 2, 1)


def silent(row: DriftCheck) -> None:
    DriftCheck.objects.filter(pk=row.pk).update(beat_at=timezone.now() - ALIVE - timedelta(seconds=5))


@pytest.mark.django_db
def test_a_run_tells_what_it_found() -> None:
    row = ended(runs.begin(kind=CHECK, by="ada"), found(1), found(2, Kind.EXTRA), compared=7)
    assert (row.verdict, row.compared, row.counts, row.error) == ("drift", 7, {"stale": 1, "extra": 1}, "")
    assert row.differences[0] == {
        "id": 1,
        "kind": "stale",
        "admin_version": 2,
        "copy_version": 1,
        "is_repaired": False,
    }
    assert (row.finished_at is None, row.is_alone, row.is_whole) == (False, None, True)


@pytest.mark.django_db
def test_a_run_that_cannot_tell_says_why() -> None:
    row = runs.begin(kind=CHECK, by="ada")
    check: Any = Asked(Report(), does=raising(SourceUnavailable("admin is away")))
    assert Run(row).follow(check) == "admin is away"
    row.refresh_from_db()
    assert (row.verdict, row.error) == ("unknown", "admin is away")


@pytest.mark.django_db
@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("odd")])
def test_what_is_unforeseen_is_raised_and_the_run_has_ended(error: BaseException) -> None:
    row = runs.begin(kind=CHECK, by="ada", is_alone=True)
    check: Any = Asked(Report(), does=raising(error))
    with pytest.raises(type(error)):
        Run(row).follow(check)
    row.refresh_from_db()
    assert (row.verdict, row.is_alone, row.error) in {
        ("unknown", None, "It was interrupted."),
        ("unknown", None, "ValueError: odd"),
    }
    runs.begin(kind=CHECK, by="ada", is_alone=True)


@pytest.mark.django_db
def test_a_run_tells_that_it_lives_and_how_far_it_is() -> None:
    row = runs.begin(kind=CHECK, by="ada")
    silent(row)
    seen: list[tuple[str, bool]] = []

    def look() -> None:
        seen.append((DriftCheck.objects.get().said, DriftCheck.objects.running().exists()))

    check: Any = Asked(Report(), does=look)
    Run(row).follow(check)
    assert seen == [("1 product compared", True)]
    assert not DriftCheck.objects.running().exists()


@pytest.mark.django_db
def test_a_run_of_the_command_keeps_the_pages_waiting_and_waits_for_none_of_theirs() -> None:
    runs.begin(kind=CHECK, by="ada", is_alone=True)
    row = runs.begin(kind=CHECK, by="root@host")
    DriftCheck.objects.exclude(pk=row.pk).delete()
    with pytest.raises(Busy):
        runs.begin(kind=CHECK, by="ada", is_alone=True)


@pytest.mark.django_db
def test_a_run_whose_process_ended_is_in_nobody_s_way() -> None:
    first = runs.begin(kind=CHECK, by="ada", is_alone=True)
    with pytest.raises(Busy):
        runs.begin(kind=CHECK, by="bob", is_alone=True)
    silent(first)
    assert not DriftCheck.objects.running().exists()
    second = runs.begin(kind=CHECK, by="bob", is_alone=True)
    first.refresh_from_db()
    assert (first.is_alone, first.finished_at) == (None, None)
    ended(first)  # it was only slow
    assert DriftCheck.objects.get(pk=second.pk).is_alone


@pytest.mark.django_db(transaction=True)
def test_of_many_that_are_asked_for_at_once_one_begins() -> None:
    start = Barrier(4)

    def begin(number: int) -> bool:
        start.wait()
        try:
            runs.begin(kind=CHECK, by=f"person {number}", is_alone=True)
        except Busy:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(begin, range(4))) == 1
    assert DriftCheck.objects.count() == 1


@pytest.mark.django_db
def test_the_last_fifty_are_kept() -> None:
    for _ in range(runs.KEPT + 3):
        runs.begin(kind=CHECK, by="ada")
    assert DriftCheck.objects.count() == runs.KEPT


@pytest.mark.django_db
def test_what_a_repair_of_some_has_mended_no_longer_differs_in_the_run_that_found_it() -> None:
    before = ended(runs.begin(kind=CHECK, by="ada"), found(1))
    whole = ended(runs.begin(kind=CHECK, by="ada"), found(1), found(2), found(3))
    ended(runs.begin(kind=REPAIR, by="ada", only_ids=[1, 2]), found(2), mended=(found(1),))
    whole.refresh_from_db()
    assert (whole.verdict, whole.counts, whole.repaired) == ("drift", {"stale": 2}, {"stale": 1})
    assert [one["is_repaired"] for one in whole.differences] == [True, False, False]
    ended(runs.begin(kind=REPAIR, by="ada", only_ids=[2, 3]), mended=(found(2), found(3)))
    whole.refresh_from_db()
    assert (whole.verdict, whole.counts, whole.repaired) == ("equal", {}, {"stale": 3})
    before.refresh_from_db()
    assert (before.verdict, before.counts) == ("drift", {"stale": 1})


@pytest.mark.django_db
def test_what_may_be_on_its_way_is_not_taken_for_mended() -> None:
    whole = ended(runs.begin(kind=CHECK, by="ada"), found(1), found(2))
    ended(runs.begin(kind=REPAIR, by="ada", only_ids=[1, 2]), mended=(found(1),), on_their_way=1)
    whole.refresh_from_db()
    assert whole.counts == {"stale": 1}


@pytest.mark.django_db
def test_the_half_tells_of_the_last_check_of_all_products() -> None:
    assert queries.drift() is None
    runs.begin(kind=CHECK, by="ada")
    told = queries.drift()
    assert told
    assert (told["is_running"], told["finished_at"], told["verdict"]) == (True, None, "")
    DriftCheck.objects.all().delete()
    ended(runs.begin(kind=CHECK, by="ada"), found(1), compared=9)
    ended(runs.begin(kind=CHECK, by="bob", only_ids=[5]), compared=1)
    told = queries.drift()
    assert told
    assert {name: told[name] for name in ("verdict", "compared", "counts", "is_running", "by")} == {
        "verdict": "drift",
        "compared": 9,
        "counts": {"stale": 1},
        "is_running": False,
        "by": "ada",
    }


@pytest.mark.django_db(transaction=True)
def test_a_run_ends_in_words_and_the_command_goes_on_where_the_database_is_away() -> None:
    row = runs.begin(kind=CHECK, by="ada")
    check: Any = Asked(Report(), does=database.take_away)
    try:
        assert Run(row).follow(check) == ""
    finally:
        database.give_back()
    row.refresh_from_db()
    assert row.finished_at is None


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_broke_meanwhile_does_not_lose_the_end() -> None:
    row = runs.begin(kind=CHECK, by="ada")
    check: Any = Asked(Report(compared=4), does=database.lose_idle_connection)
    Run(row).follow(check)
    assert DriftCheck.objects.get().compared == 4
