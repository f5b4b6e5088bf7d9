"""A run of the drift check in words for people: what it found, what that means, and what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass

from replica.drift import Kind
from replica.models import DriftCheck
from replica.queries import highest_id
from replica.verdicts import Verdict

# What is so, and what a repair makes of it.
MEANINGS = {
    Kind.MISSING: ("Admin has it, the copy has not.", "The copy gets it."),
    Kind.EXTRA: ("The copy has it, admin has not.", "It is deleted from the copy."),
    Kind.STALE: ("The copy has an older version.", "The copy takes admin's."),
    Kind.DIFFERENT: ("The same version with other contents.", "The copy takes admin's contents."),
    Kind.AHEAD: (
        "The copy has a newer version, as after admin was restored from a backup.",
        "Only where that is asked for, the copy takes admin's older state.",
    ),
}


@dataclass(frozen=True, slots=True)
class Told:
    level: str  # as pages colour it: ok, warn, bad, unknown
    word: str
    rest: str
    advice: str = ""  # what to do next


def told(run: DriftCheck, *, is_running: bool) -> Told:
    if is_running:
        return Told("unknown", "Running", run.said or "it begins")
    if run.finished_at is None:
        return Told("warn", "Cut short", "its process ended", "Run it again.")
    match run.verdict:
        case Verdict.EQUAL:
            return Told("ok", "Equal", f"{_compared(run)}{_repaired(run)}")
        case Verdict.DRIFT:
            more = "at least " if run.is_cut_short else ""
            found = _counted(sum(run.counts.values()), "product differs", "products differ")
            return Told("bad", "Drift", f"{more}{found}{_repaired(run)}", _advice(run))
    return Told("unknown", "Cannot tell", *_why_not(run))


def _why_not(run: DriftCheck) -> tuple[str, str]:
    if run.error:
        return run.error, "Mend that, then run it again."
    if run.on_their_way:
        found = _counted(run.on_their_way, "product differs, whose event", "products differ, whose events")
        advice = "Look at the sync page whether relay, broker and consumer run; then run it again."
        return f"{found} may still be on the way{_repaired(run)}", advice
    return f"it ended before the last product{_repaired(run)}", "Run it over all products."


def scope(run: DriftCheck) -> str:
    return "all products" if run.is_whole else _counted(len(run.only_ids), "product", "products")


def skip_ids() -> str:
    """After admin was restored it would give ids once more that the copy knows."""
    return f"manage.py skip_ids {highest_id()}"


def kinds(counts: Mapping[str, int]) -> list[dict[str, object]]:
    return [
        {"kind": str(kind), "means": means, "repair": repair, "count": counts.get(kind, 0)}
        for kind, (means, repair) in MEANINGS.items()
    ]


def _compared(run: DriftCheck) -> str:
    if run.is_whole:
        return f"{_counted(run.compared, 'product', 'products')} compared"
    return "the product is what admin has" if run.compared == 1 else f"all {run.compared:,} are what admin has"


def _repaired(run: DriftCheck) -> str:
    number = sum(run.repaired.values())
    return f", {number:,} repaired" if number else ""


def _advice(run: DriftCheck) -> str:
    if run.counts.get(Kind.AHEAD):
        return f"Was admin restored from a backup? Then first let it give no id twice, on admin: {skip_ids()}."
    if run.is_cut_short:
        return "It stopped at so many. An empty copy is filled by manage.py bootstrap_replica."
    if run.kind != DriftCheck.Kind.CHECK:
        return "What is left breaks the contract, or changed meanwhile: open a product to see its two sides."
    if run.counts.get(Kind.EXTRA):
        return f"Repair them. If admin was restored from a backup, first, on admin: {skip_ids()}."
    return "Repair them: the copy then takes what admin has."


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
