"""What admin needs to do its work, for `manage.py doctor`: what both sides need, and the relay's way to the broker."""

from collections.abc import Iterator

from console import broker_checks, database_checks, side_checks
from console.findings import Check, Finding, failed, ok, unknown, warning
from django.conf import settings
from outbox import queries
from outbox.broker import Look, look
from outbox.outcomes import BrokerUnavailable
from outbox.topology import EXCHANGE, EXCHANGE_TYPE

LOOK_SECONDS = 5.0
RIGHTS = f"The user needs the rights to configure and to write {EXCHANGE}: rabbitmqctl set_permissions."
OTHER = f"Delete the other exchange {EXCHANGE}: the relay declares it anew as {EXCHANGE_TYPE}, durable."


def broker() -> Iterator[Finding]:
    if not settings.BROKER_URL:
        yield ok("broker", "not used: subscribers pull the outbox")
        return
    try:
        with look(settings.BROKER_URL, seconds=LOOK_SECONDS) as seen:
            yield from _seen(seen)
    except BrokerUnavailable as error:
        yield failed("broker", str(error), broker_checks.UNREACHABLE)


def outbox() -> Iterator[Finding]:
    found = queries.summary()
    if found["unroutable"]:
        said = f"{found['unroutable']:,} events came back: no queue is bound for them"
        yield failed("outbox", said, "Start service's consumer, which declares and binds its queue.")
    elif found["held"]:
        said = f"{found['held']:,} events are held and do not go by themselves"
        yield warning("outbox", said, "See manage.py outbox list --held, mend the cause, then manage.py outbox retry.")
    else:
        yield ok("outbox", f"{found['waiting']:,} events wait, none came back for want of a queue")


def _seen(seen: Look) -> Iterator[Finding]:
    yield ok("broker", f"{seen.where} answers")
    yield broker_checks.version(seen.server)
    if not seen.has_exchange():
        yield unknown("exchange", f"{EXCHANGE} is not there yet", "The relay declares it when it starts.")
        return
    said = f"{EXCHANGE} is {EXCHANGE_TYPE}, durable"
    yield broker_checks.right("exchange", seen.exchange_differs(), said=said, rights=RIGHTS, other=OTHER)
    yield broker_checks.right("right to publish", seen.may_not_publish(), said=f"to {EXCHANGE}", rights=RIGHTS)


CHECKS: list[tuple[str, Check]] = [
    ("database", database_checks.database),
    ("migrations", database_checks.migrations),
    ("clock", database_checks.clock),
    ("broker", broker),
    ("outbox", outbox),
    ("relay", side_checks.processes),
    ("service", side_checks.other_side),
    ("secrets", side_checks.safety),
]
