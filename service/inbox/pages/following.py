"""What a page tells of a run: how far it is, and what came of it."""

from typing import Any

from config.printable import printable
from console.words import counted

from inbox import runs
from inbox.models import Action, Run
from inbox.pages.filters import in_words
from inbox.retrying import GONE
from inbox.routing import Outcome

# Each outcome with its level, and what it means for the letter: done, and in a rehearsal.
OUTCOMES: dict[str, tuple[str, str, str]] = {
    Outcome.APPLIED: ("ok", "in the copy now", "would be in the copy"),
    Outcome.DUPLICATE: ("ok", "closed: the copy had this version", "would be closed: the copy has this version"),
    Outcome.STALE: ("ok", "closed: the copy is newer", "would be closed: the copy is newer"),
    "discarded": ("ok", "deleted", "would be deleted"),
    Outcome.REJECTED: ("bad", "rejected again, with its newest error", "would be rejected again"),
    "stays": ("warn", "not to be retried, or it failed", "is not to be retried"),
    GONE: ("unknown", "worked by somebody else meanwhile", "worked by somebody else meanwhile"),
}


def told(run: Run) -> dict[str, Any]:
    done = sum(run.counts.values())
    is_over = runs.is_over(run)
    is_whole = is_over and not run.is_stopped
    return {
        "run": run,
        "title": title(run),
        "words": printable(in_words(runs.wanted_by(run))),
        "done": done,
        "left": 0 if is_whole else max(0, run.total - done),
        "vanished": max(0, run.total - done) if is_whole else 0,
        "percent": 100 if is_whole else min(100, 100 * done // run.total) if run.total else 0,
        "outcomes": [
            {
                "name": name,
                "number": run.counts[name],
                "level": level,
                "means": rehearsed if run.is_rehearsal else means,
            }
            for name, (level, means, rehearsed) in OUTCOMES.items()
            if run.counts.get(name)
        ],
        "is_over": is_over,
        "is_whole": is_whole,
        "state": _state(run, is_over),
        "stayed": run.counts.get(Outcome.REJECTED, 0) + run.counts.get("stays", 0),
    }


def title(run: Run) -> str:
    verb = {Action.RETRY: "Retry", Action.DISCARD: "Discard"}[Action(run.action)]
    return f"{'Dry run: ' if run.is_rehearsal else ''}{verb} {counted(run.total, 'letter')}"


def outcome(run: Run) -> str:
    """For the audit."""
    counts = ", ".join(f"{number:,} {name}" for name, number in sorted(run.counts.items())) or "nothing done"
    left = max(0, run.total - sum(run.counts.values())) if run.is_stopped else 0
    return f"{counts}, stopped with {left:,} left" if run.is_stopped else counts


def _state(run: Run, is_over: bool) -> tuple[str, str]:
    """Level and word."""
    if run.is_stopped:
        return "warn", "stopped"
    if is_over:
        return "ok", "done"
    return ("bad", "cannot go on") if run.said else ("unknown", "under way")
