"""Where events come from. Both sources look alike to the consumer, which takes whichever BROKER_URL chooses."""

from collections.abc import Sequence
from typing import Protocol

from inbox.envelope import Delivery


class SourceUnavailable(Exception):
    """The source cannot be reached, or broke; what was not acknowledged comes again. Trying again can help."""


class SourceRefused(SourceUnavailable):
    """The source answers and says no (password, vhost, queue arguments): somebody must mend it; try slowly."""


class Source(Protocol):
    @property
    def where(self) -> str:
        """What it is connected to, for log lines: no password."""

    def open(self) -> None:
        """Connects. Raises SourceUnavailable, SourceRefused."""

    def receive(self, *, seconds: float) -> Sequence[Delivery]:
        """The next batch, or nothing after `seconds` or a wake-up. Raises SourceUnavailable."""

    def note(self) -> None:
        """Stores, in the transaction that applies the batch just received, how far the source is."""

    def acknowledge(self) -> None:
        """Tells the source that the batch just received is committed."""

    def wait(self, *, seconds: float) -> None:
        """Keeps the connection alive while the batch just received is held. Raises SourceUnavailable."""

    def wake(self) -> None:
        """For a signal handler: ends the current `receive` or `wait`."""

    def close(self) -> None:
        """Ends the connection; what was not acknowledged goes back."""
