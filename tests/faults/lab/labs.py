"""Labs that are made when they are asked for, and ended together."""

from contextlib import ExitStack

from tests.faults.lab.lab import Lab
from tests.faults.lab.servers import Servers


class Labs:
    def __init__(self, servers: Servers, **settings: str) -> None:
        self._servers = servers
        self._settings = settings
        self._exits = ExitStack()
        self._made: list[Lab] = []

    def new(self, **settings: str) -> Lab:
        self._made.append(self._exits.enter_context(Lab(self._servers, **self._settings | settings)))
        return self._made[-1]

    def last(self) -> Lab:
        return self._made[-1] if self._made else self.new()

    def close(self) -> None:
        self._exits.close()
        self._made.clear()
        self._servers.heal()

    def log_tail(self) -> str:
        return "\n\n".join(lab.log_tail() for lab in self._made)
