"""What both sides say of the broker; what they ask it is their own."""

import re

from console.findings import Finding, failed, ok, unknown

OLDEST = (3, 10)  # the first that keeps a dead letter until its queue has it
UNREACHABLE = "Start the broker, or mend BROKER_URL; python manage.py sync_status says what waits meanwhile."


def version(server: str) -> Finding:
    """`server` as it names itself: RabbitMQ 4.1.2."""
    found = re.search(r"(\d+)\.(\d+)", server)
    oldest = ".".join(map(str, OLDEST))
    if not server.startswith("RabbitMQ") or found is None:
        return unknown("broker version", server, f"RabbitMQ from {oldest} on is what this is tested with.")
    if (int(found[1]), int(found[2])) < OLDEST:
        return failed("broker version", server, f"Upgrade it: RabbitMQ {oldest} is the oldest that will do.")
    return ok("broker version", f"{server}, {oldest} or newer is wanted")


def right(name: str, refusal: str, *, said: str, rights: str, other: str = "") -> Finding:
    """`refusal`: the broker's words, empty where all is well; `rights` and `other` are the mends of its two kinds."""
    if not refusal:
        return ok(name, said)
    return failed(name, refusal, rights if "ACCESS_REFUSED" in refusal or not other else other)
