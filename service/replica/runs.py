"""Each run of the drift check, told in its row as it goes: whoever started it, the console shows it."""

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any

from config.databases import explain
from django.db import Error, IntegrityError, close_old_connections, transaction
from django.db.models.functions import Now
from inbox.sources import SourceUnavailable
from inbox.transactions import DatabaseUnavailable

from replica.check import LISTED, Check, Report
from replica.models import DriftCheck
from replica.verdicts import Verdict

KEPT = 50
BEAT_SECONDS = 1.0
REPAIRS = (DriftCheck.Kind.REPAIR, DriftCheck.Kind.REPAIR_DOWNWARD)


class Busy(Exception):
    """Another run goes on: wait for its end."""


def begin(*, kind: DriftCheck.Kind, by: str, only_ids: Sequence[int] = (), is_alone: bool = False) -> DriftCheck:
    """The new run's row. Raises Busy where it is to be alone and another one goes on; django.db.Error."""
    if is_alone:
        DriftCheck.objects.silent().update(is_alone=None)
        if DriftCheck.objects.running().exists():
            raise Busy
    try:
        with transaction.atomic():
            row = DriftCheck.objects.create(
                kind=kind,
                by=by[:200],
                is_whole=not only_ids,
                only_ids=list(only_ids),
                is_alone=is_alone or None,
                started_at=Now(),
                beat_at=Now(),
            )
    except IntegrityError as error:
        raise Busy from error
    for last in DriftCheck.objects.values_list("pk", flat=True)[KEPT - 1 : KEPT]:
        DriftCheck.objects.filter(pk__lt=last).delete()
    return row


class Run:
    """A run under way. A database in trouble is no news of its own here: the check meets it itself and says so."""

    def __init__(self, row: DriftCheck) -> None:
        self._row = row
        self._said = ""
        self._told_at = float("-inf")

    def beat(self) -> None:
        """That it lives and how far it is: at most so often, and in a statement of its own."""
        if time.monotonic() - self._told_at >= BEAT_SECONDS:
            self._told_at = time.monotonic()
            self._tell(beat_at=Now(), said=self._said)

    def follow(self, check: Check, *, say: Callable[[str], object] = lambda text: None) -> str:
        """Runs the check to its end. Returns why it cannot tell, nothing where it can; what is unforeseen is raised."""

        def heard(text: str) -> None:
            self._said = text[:200]
            say(text)
            self.beat()

        failure = ""
        try:
            check.run(heard)
        except (SourceUnavailable, DatabaseUnavailable) as error:
            failure = str(error)
        except Error as error:
            failure = explain(error)
        except KeyboardInterrupt:
            self._finish(check.report, "It was interrupted.")
            raise
        except BaseException as error:
            self._finish(check.report, f"{type(error).__name__}: {error}")
            raise
        self._finish(check.report, failure)
        return failure

    def _finish(self, report: Report, failure: str) -> None:
        listed = [asdict(found) | {"is_repaired": False} for found in report.drift[:LISTED]]
        listed += [asdict(found) | {"is_repaired": True} for found in report.mended[: LISTED - len(listed)]]
        self._tell(
            beat_at=Now(),
            finished_at=Now(),
            is_alone=None,
            said="",
            verdict=Verdict.UNKNOWN if failure else report.verdict,
            error=failure[:1000],
            compared=report.compared,
            counts=Counter(found.kind for found in report.drift),
            repaired=report.repaired,
            on_their_way=report.on_their_way,
            is_cut_short=report.is_cut_short,
            differences=listed,
        )
        if not self._row.is_whole and not failure:
            with contextlib.suppress(Error), transaction.atomic():
                _tell_earlier_ones(self._row, mended=_mended(self._row.only_ids, report))

    def _tell(self, **news: Any) -> None:
        for _ in range(2):
            try:
                DriftCheck.objects.filter(pk=self._row.pk).update(**news)
                return
            except Error:
                close_old_connections()  # one that broke meanwhile; the next attempt gets a new one


def _mended(only_ids: Iterable[int], report: Report) -> set[int]:
    """Those of the ids that no longer differ; what is on its way is not known by its id, so then what was repaired."""
    if report.on_their_way:
        return {found.id for found in report.mended}
    return set(only_ids) - {found.id for found in report.drift}


def _tell_earlier_ones(run: DriftCheck, *, mended: set[int]) -> None:
    """What a run of some products has mended differs no more in the runs that found it, back to the last whole one."""
    earlier = DriftCheck.objects.filter(pk__lt=run.pk).exclude(finished_at=None).select_for_update()
    for row in earlier:
        gone = [found for found in row.differences if found["id"] in mended and not found["is_repaired"]]
        for found in gone:
            found["is_repaired"] = True
        kinds = Counter(found["kind"] for found in gone)
        row.counts = Counter(row.counts) - kinds
        row.repaired = Counter(row.repaired) + kinds
        if gone and row.verdict == Verdict.DRIFT and not row.counts:
            row.verdict = Verdict.UNKNOWN if row.on_their_way or row.is_cut_short else Verdict.EQUAL
        row.save(update_fields=("differences", "counts", "repaired", "verdict"))
        if row.is_whole:
            return
