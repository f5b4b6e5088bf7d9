"""What service needs to do its work, for `manage.py doctor`: what both sides need, and the consumer's queues."""

from collections.abc import Iterator

from console import broker_checks, database_checks, side_checks
from console.findings import Check, Finding, failed, ok, warning
from django.conf import settings
from inbox import queries, topology
from inbox.sources import SourceUnavailable
from inbox.sources.amqp.look import Look, look

RIGHTS = (
    "The user needs the rights to configure, write and read service.*, and to read the exchange: "
    "rabbitmqctl set_permissions."
)
START = "Start the consumer, which declares it: python consumer.py."


def broker() -> Iterator[Finding]:
    if not settings.BROKER_URL:
        yield ok("broker", "not used: the consumer pulls admin's outbox")
        return
    try:
        with look() as seen:
            yield ok("broker", f"{seen.where} answers")
            yield broker_checks.version(seen.server)
            yield from _queues(seen)
    except SourceUnavailable as error:
        yield failed("broker", str(error), broker_checks.UNREACHABLE)


def dead_letters() -> Iterator[Finding]:
    found = queries.summary()
    if found["total"]:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in found["by_reason"].items())
        mend = "See manage.py dead_letters list, mend the cause, then retry or discard them."
        yield warning("dead letters", f"{found['total']:,}: {reasons}", mend)
    else:
        yield ok("dead letters", "none")


def _queues(seen: Look) -> Iterator[Finding]:
    has_exchange = seen.has_exchange(topology.EXCHANGE)
    if has_exchange:
        yield ok("exchange", f"{topology.EXCHANGE} is there")
    else:
        yield failed("exchange", f"there is no {topology.EXCHANGE}", "Start admin's relay, which declares it.")
    for name, queue, differs in (
        ("queue", topology.QUEUE, seen.queue_differs),
        ("dead-letter queue", topology.DEAD_QUEUE, seen.dead_queue_differs),
    ):
        if not (found := seen.queue(queue)):
            yield failed(name, f"there is no {queue}", START)
            continue
        other = f"Arguments cannot be changed: when {queue} is empty delete it, and the consumer declares it anew."
        yield broker_checks.right(name, differs(), said=f"{queue}: {found}", rights=RIGHTS, other=other)
        if queue == topology.QUEUE and has_exchange:
            said = f"{topology.BINDING} of {topology.EXCHANGE}, as the consumer does when it starts"
            yield broker_checks.right("right to bind", seen.may_not_bind(), said=said, rights=RIGHTS)


CHECKS: list[tuple[str, Check]] = [
    ("database", database_checks.database),
    ("migrations", database_checks.migrations),
    ("clock", database_checks.clock),
    ("broker", broker),
    ("dead letters", dead_letters),
    ("consumer", side_checks.processes),
    ("admin", side_checks.other_side),
    ("secrets", side_checks.safety),
]
