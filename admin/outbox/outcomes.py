"""What the broker said of a batch, or why it said nothing."""

from dataclasses import dataclass, field

from outbox.batches import Claimed
from outbox.models import Reason


class BrokerUnavailable(Exception):
    """No connection, or it broke; what was not confirmed stays in the outbox. Trying again can help."""


class BrokerRefused(BrokerUnavailable):
    """The broker answers and says no (password, vhost, permission, arguments): somebody must mend it; try slowly."""


class BatchRefused(BrokerUnavailable):
    """The broker closed the channel over something in this batch."""


@dataclass(slots=True)
class Outcomes:
    """What became of a batch: ids of the confirmed, of those that stay with the reason, and what cut the rest short."""

    sent: list[Claimed] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)
    failed: dict[int, Reason] = field(default_factory=dict)
    broken: BrokerUnavailable | None = None
