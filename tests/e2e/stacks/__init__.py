"""The ways to run Lockstep, as the cases see them."""

from contextlib import AbstractContextManager
from typing import Protocol

from tests.e2e.client import Api

SETTLE = "[dets:sync(Table) || Table <- dets:all()], mnesia:sync_log()."
"""What RabbitMQ is told before it is killed. It keeps the name of a new quorum queue in memory for a moment, and one
that is killed just then has lost the queue for ever: a limit of its own, and not what is tested here."""


class Webs(Protocol):
    admin: Api
    service: Api

    def log_tail(self) -> str: ...


class Stack(Webs, Protocol):
    """Both services and what joins them, running."""

    def kill(self, process: str) -> None:
        """SIGKILL to a process, as the kernel does it when memory is short. To start it again is the stack's duty."""

    def incarnation(self, process: str) -> str:
        """A text that changes when the process is started again."""

    def shops(self) -> str:
        """The address of a website of shops, as the workers reach it."""


class StackWithBroker(Stack, Protocol):
    def broker_down(self, how: str) -> AbstractContextManager[None]:
        """Within it there is no broker: asked to "stop", or hit by a "kill" -9. Afterwards it starts again."""


class StackWithoutConsumer(Webs, Protocol):
    """Everything but the consumer, whose the queue is: nobody has declared one yet."""

    def waiting(self) -> dict[str, int]:
        """The events in admin's outbox, counted by the reason why they are still there."""

    def start_consumer(self) -> None: ...
