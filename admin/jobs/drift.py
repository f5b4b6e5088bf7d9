"""The job "drift check": service compares its copy with this side's products, and the job follows it to its end."""

import time
from typing import Annotated, Any, Literal

import msgspec
from django.conf import settings
from msgspec import Meta

from jobs.asking import ask, odd
from jobs.errors import Later, Refused
from jobs.runs import Run

PATH = "/api/drift-checks"
LOOK_SECONDS = 1.0
LARGEST = 2**63 - 1
Number = Annotated[int, Meta(ge=0, le=LARGEST)]
Counts = Annotated[dict[Annotated[str, Meta(max_length=40)], Number], Meta(max_length=20)]


class Told(msgspec.Struct, frozen=True):
    """A check as service tells it, as far as it is wanted here."""

    id: Number
    kind: str
    is_whole: bool
    state: Literal["running", "ended", "lost"]
    verdict: Literal["equal", "drift", "unknown", ""]
    compared: Number
    counts: Counts
    on_their_way: Number
    is_cut_short: bool
    said: str
    error: str


def run(run: Run) -> str:
    """Raises jobs.errors' Refused, Later, Interrupted."""
    told = _begin(run)
    while told.state == "running":
        run.progress(told.compared, None, _clean(told.said) or "it begins")
        time.sleep(LOOK_SECONDS)
        run.look()
        told = _look(told.id)
    if told.state == "lost":
        raise Later(f"service ended in the midst of check {told.id}.")
    if told.verdict not in ("equal", "drift"):
        raise Later(f"Check {told.id} cannot tell: {_why_not(told)}")
    with run.writing() as counts:
        counts.clear()  # of an earlier attempt
        counts.update({**told.counts, "compared": told.compared})
    return _sentence(told)


def _begin(run: Run) -> Told:
    status, found = ask("POST", PATH)
    if status == 404:
        raise Refused(odd(settings.OTHER_SIDE["url"]))
    if status != 409:
        told = _read(found)
        run.note(f"service runs check {told.id}.")
        return told
    going = found.get("running")
    if not isinstance(going, int) or not 0 < going <= LARGEST:
        raise Later("Another check of service's has just ended.")
    told = _look(going)
    if told.kind != "check" or not told.is_whole:
        raise Later(f"On service a {told.kind} goes on, run {told.id}: no check begins before its end.")
    run.note(f"service runs check {told.id} already: this job follows it.")
    return told


def _look(run_id: int) -> Told:
    status, found = ask("GET", f"{PATH}/{run_id}")
    if status == 404:
        raise Later(f"service knows nothing of check {run_id} any more.")
    return _read(found)


def _read(found: dict[str, Any]) -> Told:
    try:
        return msgspec.convert(found, Told)
    except msgspec.ValidationError as error:
        raise Refused(f"{odd(settings.OTHER_SIDE['url'])} {error}") from error


def _sentence(told: Told) -> str:
    if told.verdict == "equal":
        return f"equal: {told.compared:,} products compared"
    least = "at least " if told.is_cut_short else ""
    found = ", ".join(f"{count:,} {kind}" for kind, count in told.counts.items() if count)
    mend = "Repair them on service: page Drift, or manage.py check_drift --repair."
    return _clean(f"drift: {least}{found} of {told.compared:,} compared. {mend}")


def _why_not(told: Told) -> str:
    if told.error:
        return _clean(told.error)
    return (
        f"{told.on_their_way:,} products differ whose events may still be on their way. "
        "Do relay, broker and consumer run?"
    )


def _clean(text: str) -> str:
    """What a database stores."""
    return text.replace("\0", "")[:400]
