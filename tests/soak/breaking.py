"""What is broken, and how: a plan that the seed alone decides."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.e2e.waiting import eventually
from tests.faults.lab.lab import Lab
from tests.faults.lab.programs import Program
from tests.faults.lab.servers import paused
from tests.servers.server import Server

PAUSE_SECONDS = (2.0, 8.0)
DOWN_SECONDS = (0.0, 4.0)
QUIET_SECONDS = (1.0, 4.0)  # between two faults
RECOVER_SECONDS = 90


@dataclass(frozen=True, slots=True)
class Fault:
    target: str
    how: str  # kill, stop or pause
    seconds: float
    quiet_seconds: float

    @property
    def name(self) -> str:
        return f"{self.how} {self.target}"


def plan(seed: int) -> Iterator[Fault]:
    """Endless. Kills are the most; everything has its turn."""
    chance = random.Random(seed)
    targets = ("broker", "admin database", "service database", "relay", "consumer", "consumer 2", "admin web",
               "service web")  # fmt: skip
    while True:
        for target in chance.sample(targets, len(targets)):
            how = chance.choices(("kill", "stop", "pause"), (5, 1, 2))[0]
            seconds = chance.uniform(*(PAUSE_SECONDS if how == "pause" else DOWN_SECONDS))
            yield Fault(target, how, seconds, chance.uniform(*QUIET_SECONDS))


class Breaker:
    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        second = lab.another_consumer()
        second.start()
        self._programs: dict[str, Program] = {
            "relay": lab.relay,
            "consumer": lab.consumer,
            "consumer 2": second,
            "admin web": lab.admin_web,
            "service web": lab.service_web,
        }
        servers = lab.servers
        self._servers: dict[str, Server] = {
            "broker": servers.broker,
            "admin database": servers.admin_database,
            "service database": servers.service_database,
        }
        self._markers = 0

    def break_and_heal(self, fault: Fault) -> float:
        """Returns the seconds from its healing until a change made after it was visible on service."""
        if fault.target in self._programs:
            self._with_program(self._programs[fault.target], fault)
        else:
            self._with_server(self._servers[fault.target], fault)
        return self._recovery()

    def _with_program(self, program: Program, fault: Fault) -> None:
        if fault.how == "pause":
            with program.paused():
                time.sleep(fault.seconds)
            return
        program.kill() if fault.how == "kill" else program.stop()
        time.sleep(fault.seconds)
        program.start(wait=False)  # as a supervisor would

    def _with_server(self, server: Server, fault: Fault) -> None:
        if fault.how == "pause":
            with paused(server):
                time.sleep(fault.seconds)
            return
        server.kill() if fault.how == "kill" else server.stop()
        time.sleep(fault.seconds)
        server.start()

    def _recovery(self) -> float:
        began = time.monotonic()
        self._markers += 1
        title = f"marker {self._markers}"
        made = eventually(lambda: self._lab.admin.create(title=title), within=RECOVER_SECONDS)
        self._lab.written[made["id"]] = made
        visible: Callable[[], object] = lambda: self._lab.service.product(made["id"])  # noqa: E731
        eventually(visible, within=RECOVER_SECONDS, every=0.02)
        return time.monotonic() - began
