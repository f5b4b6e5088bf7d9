from collections import defaultdict
from collections.abc import Callable, Sequence

from inbox.envelope import Delivery
from inbox.sources.amqp import AmqpSource


class WatchedSource(AmqpSource):
    """The real one; it notes what is asked of it, lets a test act at that moment, and waits only briefly."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.on: dict[str, Callable[[], object]] = defaultdict(lambda: lambda: None)

    def open(self) -> None:
        self._note("open")
        super().open()
        self._note("opened")

    def receive(self, *, seconds: float) -> Sequence[Delivery]:
        deliveries = super().receive(seconds=seconds)
        if deliveries:
            self._note("received")
        return deliveries

    def acknowledge(self) -> None:
        self._note("acknowledge")
        super().acknowledge()

    def wait(self, *, seconds: float) -> None:
        self._note("wait")
        super().wait(seconds=min(seconds, 0.05))

    def close(self) -> None:
        if self._connection._pika is not None:
            self._note("close")
        super().close()

    def _note(self, call: str) -> None:
        self.calls.append(call)
        self.on[call]()
