"""What the broker said of a batch, or why it said nothing."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from outbox.batches import Claimed
from outbox.models import Reason


class Cause(StrEnum):
    """Why the broker as a whole took nothing; what a single event met is its `Reason`."""

    UNREACHABLE = "unreachable"  # no connection came about
    CLOSED = "closed"  # it broke, or the broker ended it
    BLOCKED = "blocked"  # by an alarm of the broker's: memory or disk
    TIMEOUT = "timeout"  # it is silent
    DENIED = "denied"  # it answers and says no


class BrokerUnavailable(Exception):
    """No connection, or it broke; what was not confirmed stays in the outbox. Trying again can help."""

    def __init__(self, said: str, *, cause: Cause = Cause.CLOSED) -> None:
        super().__init__(said)
        self.cause = cause


class BrokerRefused(BrokerUnavailable):
    """The broker answers and says no (password, vhost, permission, arguments): somebody must mend it; try slowly."""

    def __init__(self, said: str) -> None:
        super().__init__(said, cause=Cause.DENIED)


class BatchRefused(BrokerUnavailable):
    """The broker closed the channel over something in this batch."""


@dataclass(slots=True)
class Outcomes:
    """What became of a batch: ids of the confirmed, of those that stay with the reason, and what cut the rest short."""

    sent: list[Claimed] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)
    failed: dict[int, Reason] = field(default_factory=dict)
    broken: BrokerUnavailable | None = None

    def confirmed_types(self) -> Counter[str]:
        confirmed = set(self.confirmed)
        return Counter(event.type for event in self.sent if event.id in confirmed)


# What stands with an event that stays, for the person who meets it there.
ERRORS = {
    Reason.UNROUTABLE: "No queue is bound for this event: start a consumer, which declares its queue.",
    Reason.NACKED: "A queue refused the event: it is full, or its node is down. Which one a nack does not say: "
    "see rabbitmqctl list_queues name messages policy.",
    Reason.REFUSED: "The broker closed the channel over this event: it may be too large.",
}
