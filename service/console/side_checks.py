"""The processes of this side, the other side, and what is for development alone."""

from collections.abc import Iterator

from config import sync
from config.version import VERSION
from django.conf import settings
from processes import queries
from processes.models import State

from console import halves
from console.findings import Finding, failed, ok, warning
from console.halves import Half, Halves

STARTS = {"relay": "python manage.py relay", "consumer": "python consumer.py"}


def processes() -> Iterator[Finding]:
    role = sync.ROLE
    if role == "relay" and not settings.BROKER_URL:
        yield ok(role, "none is needed without a broker: service's consumer takes the events")
        return
    if pause := queries.paused(role):
        why = f": {pause['reason']}" if pause["reason"] else ""
        said = f"paused by {pause['by']} since {pause['at']:%Y-%m-%d %H:%M} UTC{why}"
        yield warning(role, said, "Go on with manage.py resume.")
    running = [process for process in queries.running(role) if process["is_fresh"]]
    if not running:
        last = next((process["beat_at"] for process in queries.running(role)), None)
        said = f"none runs; the last sign is of {last:%Y-%m-%d %H:%M} UTC" if last else "none runs, nor has one before"
        yield failed(role, said, f"Start it: {STARTS[role]}.")
    for process in running:
        where, state = f"{process['host']}/{process['pid']}", State(process["state"]).label.lower()
        if process["state"] == State.NO_SOURCE:
            yield failed(role, f"{where} is cut off: {process['said']}", "See what is said of the broker, or of admin.")
        elif process["version"] != VERSION:
            said = f"{where} is of version {process['version']}, this code of {VERSION}"
            yield warning(role, said, "Restart it, so that both are the same.")
        else:
            yield ok(role, f"{where} is {state}")


def other_side() -> Iterator[Finding]:
    seen = halves.read()
    name = seen.other
    if not settings.OTHER_SIDE["url"]:
        mend = f"Set {settings.OTHER_SIDE['variables']}, so that this side's console shows both."
        yield warning(name, "nobody has said where it is", mend)
        return
    if seen.theirs is None:
        yield failed(name, f"no answer: {seen.away}", f"Start it, or mend {settings.OTHER_SIDE['variables']}.")
        return
    yield ok(name, f"answers at {settings.OTHER_SIDE['url']}")
    yield from _alike(seen, seen.theirs)


def _alike(seen: Halves, theirs: Half) -> Iterator[Finding]:
    if theirs.mode != seen.mine.mode:
        said = f"{seen.own} is {seen.mine.mode}, {seen.other} {theirs.mode}"
        yield failed("mode", said, "Set the same BROKER_URL on both sides, or on none.")
    else:
        yield ok("mode", f"both sides: {theirs.mode}")
    if theirs.version != seen.mine.version:
        said = f"{seen.own} has {seen.mine.version}, {seen.other} {theirs.version}"
        yield warning("version", said, "Deploy the same version on both sides.")
    else:
        yield ok("version", f"{theirs.version} on both sides")
    if seen.clock_ahead:
        said = f"{seen.other}'s is {seen.clock_ahead.total_seconds():+.0f} s from this one's"
        yield warning("clocks", said, "Let both machines follow NTP; lags are wrong by so much meanwhile.")
    else:
        yield ok("clocks", f"{seen.other}'s agrees with this one's")


def safety() -> Iterator[Finding]:
    """That secrets are none that everybody knows, settings have seen to already, unless it is development."""
    if settings.DEBUG:
        mend = "In production leave DEBUG out: then every secret must be given, and good ones are asked for."
        yield warning("secrets", "development (DEBUG=1): the API is open to all, and secrets may be anything", mend)
        return
    yield ok("secrets", "none has its default, and no password is one that everybody knows")
    if not settings.HTTPS:
        yield warning("https", "HTTPS=0: passwords and tokens go in plain text", "End TLS before this, and HTTPS=1.")
    if not settings.OTHER_SIDE["token"] and settings.OTHER_SIDE["url"]:
        variables = settings.OTHER_SIDE["variables"]
        yield warning("token", "there is none for the other side", f"Make one there and set it: {variables}.")
