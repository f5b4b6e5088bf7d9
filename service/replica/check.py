"""The drift check: compare, settle, repair, and the verdict."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from inbox import subscription
from inbox.admin_api import AdminApi

from replica.drift import Copy, Difference, Original, compare, look, strays
from replica.repair import repair
from replica.settle import settle, stands_still
from replica.verdicts import Verdict

LISTED = 1000  # differences that are told one by one
MANY = 10_000  # suspects that are settled at a time; the check ends at so many that it does not mend


@dataclass(slots=True)
class Report:
    is_repairing: bool = False
    compared: int = 0  # products of admin's
    drift: list[Difference] = field(default_factory=list)
    repaired: Counter[str] = field(default_factory=Counter)
    mended: list[Difference] = field(default_factory=list)  # the first ones of those
    on_their_way: int = 0
    is_cut_short: bool = False  # more may differ behind the last one

    @property
    def verdict(self) -> Verdict:
        if self.drift:
            return Verdict.DRIFT
        return Verdict.UNKNOWN if self.on_their_way else Verdict.EQUAL


class Check:
    def __init__(
        self,
        *,
        wait_seconds: float,
        is_repairing: bool = False,
        is_downward: bool = False,
        only_ids: Sequence[int] = (),
        beat: Callable[[], object] = lambda: None,
    ) -> None:
        """Of all products, or of `only_ids`. `beat` is called at least once in the time that a request may take."""
        self._admin = AdminApi(on_request=beat)
        self._original, self._copy = Original(self._admin), Copy()
        self._only_ids = list(dict.fromkeys(only_ids))
        self._wait_seconds = wait_seconds
        self._is_downward = is_downward
        self.report = Report(is_repairing=is_repairing)

    def run(self, say: Callable[[str], None] = lambda text: None) -> Report:
        """Raises SourceUnavailable, DatabaseUnavailable, django.db.Error: it cannot tell then."""
        subscription.require_same_way(self._admin)
        for suspects in self._named() if self._only_ids else self._gathered(say):
            say(f"{len(suspects):,} products differ; looking until nothing can be on its way any more")
            self._work(suspects)
            if self._is_enough():
                self.report.is_cut_short = True
                break
        return self.report

    def _is_enough(self) -> bool:
        """What is on its way was waited for once; the next thousands would be waited for again."""
        unmended = 0 if self.report.is_repairing else len(self.report.drift)
        return unmended + self.report.on_their_way >= MANY

    def _named(self) -> Iterator[dict[int, Difference]]:
        self.report.compared = len(self._only_ids)
        if suspects := look(self._original, self._copy, self._only_ids):
            yield suspects

    def _gathered(self, say: Callable[[str], None]) -> Iterator[dict[int, Difference]]:
        suspects = strays()
        for compared, found in compare(self._original, self._copy):
            self.report.compared += compared
            suspects |= {difference.id: difference for difference in found}
            say(f"{self.report.compared:,} products compared")
            if len(suspects) >= MANY:
                yield suspects
                suspects = {}
        if suspects:
            yield suspects

    def _work(self, suspects: dict[int, Difference]) -> None:
        mark = subscription.newest_event(self._admin)
        settled = settle(
            suspects,
            original=self._original,
            copy=self._copy,
            has_arrived=lambda: subscription.has_arrived(mark, self._admin),
            wait_seconds=self._wait_seconds,
            hold_seconds=subscription.seconds_in_hand(),
        )
        self.report.on_their_way += len(settled.on_their_way)
        drift = settled.drift
        self.report.drift += self._left_by_repair(drift) if self.report.is_repairing and drift else drift

    def _left_by_repair(self, drift: list[Difference]) -> list[Difference]:
        repair(drift, admin=self._admin, is_downward=self._is_downward)
        now = look(self._original, self._copy, [found.id for found in drift])
        # What differs in another way has changed since: its event is on its way.
        left = [found for found in drift if found.id in now and stands_still(found, now[found.id])]
        stays = {found.id for found in left}
        mended = [found for found in drift if found.id not in stays]
        self.report.repaired.update(found.kind for found in mended)
        self.report.mended += mended[: LISTED - len(self.report.mended)]
        return left
