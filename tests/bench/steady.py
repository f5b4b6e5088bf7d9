"""What a user feels: how long a change takes to show, a whole system at work, a broker that is killed."""

import http.client
import json
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from tests.bench import load
from tests.bench.events import NEW_PRODUCT
from tests.bench.lockstep import value
from tests.bench.measuring import wait_for
from tests.bench.place import Place
from tests.faults.lab.programs import Program

WRITES_A_SECOND = 20
LAG_SAMPLES = 200
AT_WORK_SECONDS = 8
KILL_WRITES_A_SECOND = 50
BEFORE, AWAY, AFTER = 5, 5, 6  # seconds


@dataclass(frozen=True)
class System:
    """One installation at work: its programs, where to post, and queries for the highest id on both sides."""

    name: str
    programs: tuple[Program, ...]
    url: str
    own: Any
    copy: Any
    own_table: str
    copy_table: str
    reset: Callable[[], None] = lambda: None

    def own_id(self) -> int:
        return value(self.own, f"SELECT MAX(id) FROM {self.own_table}") or 0

    def copy_id(self) -> int:
        return value(self.copy, f"SELECT MAX(id) FROM {self.copy_table}") or 0

    def running(self) -> ExitStack:
        self.reset()
        exits = ExitStack()
        for program in self.programs:
            program.start()
            exits.callback(program.stop)
        return exits


def lags(system: System) -> list[float]:
    """Milliseconds from commit to visible, both as their database shows them, at 20 writes a second on average."""
    with system.running(), ThreadPoolExecutor(1) as client:
        for connection in (system.own, system.copy):
            connection.autocommit(True)
        post(system.url)
        wait_for(lambda: system.copy_id() == system.own_id())
        found, gaps = [], random.Random(42)
        due = time.perf_counter()
        for _ in range(LAG_SAMPLES):
            time.sleep(max(0.0, due - time.perf_counter()))
            due = max(due, time.perf_counter()) + gaps.expovariate(WRITES_A_SECOND)
            found.append(_one_lag(system, client))
    return found


def _one_lag(system: System, client: ThreadPoolExecutor) -> float:
    before = system.own_id()
    answer = client.submit(post, system.url)
    wait_for_without_sleep(lambda: system.own_id() > before)
    committed = time.perf_counter()
    wait_for_without_sleep(lambda: system.copy_id() > before)
    visible = time.perf_counter()
    answer.result()
    return (visible - committed) * 1000


def wait_for_without_sleep(condition: Callable[[], bool], *, within: float = 10) -> None:
    """Each look is a round trip to the database, which leaves the processor to others meanwhile."""
    deadline = time.perf_counter() + within
    while not condition():
        assert time.perf_counter() < deadline, f"not within {within:g} s"


def post(url: str) -> tuple[int, float]:
    """The status, and the seconds it took."""
    host = url.removeprefix("http://")
    began = time.perf_counter()
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request("POST", "/api/products", json.dumps(NEW_PRODUCT), {"Content-Type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    return status, time.perf_counter() - began


@dataclass(frozen=True)
class AtWork:
    posts_a_second: float
    seconds_behind: float  # the most, while clients wrote


def at_work(system: System) -> AtWork:
    """POSTs as fast as they go, while the copy follows."""
    with system.running():
        load.rate(f"{system.url}/api/products", seconds=1, status=201, post=NEW_PRODUCT)
        wait_for(lambda: system.copy_id() == system.own_id())
        watch = Watch(system)
        rate = load.rate(f"{system.url}/api/products", seconds=AT_WORK_SECONDS, status=201, post=NEW_PRODUCT)
        return AtWork(rate, watch.end())


class Watch(threading.Thread):
    """Looks at both sides ten times a second; how old is the oldest change that the copy does not show yet?"""

    def __init__(self, system: System) -> None:
        super().__init__(daemon=True)
        self._system = system
        self._is_over = threading.Event()
        self._seen: list[tuple[float, int]] = []
        self._most = 0.0
        self.start()

    def run(self) -> None:
        for connection in (self._system.own, self._system.copy):
            connection.autocommit(True)
        while not self._is_over.wait(0.1):
            self._seen.append((time.perf_counter(), self._system.own_id()))
            copied = self._system.copy_id()
            self._seen = [(at, highest) for at, highest in self._seen if highest > copied] or self._seen[-1:]
            oldest, highest = self._seen[0]
            if highest > copied:
                self._most = max(self._most, time.perf_counter() - oldest)

    def end(self) -> float:
        self._is_over.set()
        self.join()
        return self._most


@dataclass(frozen=True)
class Killed:
    refused: int  # answers that were not 201
    lost: int
    p99_before: float  # seconds
    p99_away: float
    caught_up: float  # seconds after the broker answered again


def broker_killed(system: System, place: Place) -> Killed:
    """The broker is killed for five seconds while 50 clients a second write."""
    with system.running(), ThreadPoolExecutor(17) as clients:
        for _ in range(20):
            post(system.url)  # warm
        wait_for(lambda: system.copy_id() == system.own_id())
        began = time.perf_counter()
        writing = clients.submit(_write_steadily, system, clients, began)
        # In this thread, since the kernel ends a server together with the thread that started it.
        caught_up = _kill_for_a_while(system, place, began)
        answers = [future.result() for future in writing.result()]
        wait_for(lambda: system.copy_id() == system.own_id(), within=30)
        missing = value(system.own, f"SELECT COUNT(*) FROM {system.own_table}") - value(
            system.copy, f"SELECT COUNT(*) FROM {system.copy_table}"
        )
    times = [seconds for _, seconds in answers]
    first, last = BEFORE * KILL_WRITES_A_SECOND, (BEFORE + AWAY) * KILL_WRITES_A_SECOND
    refused = sum(status != 201 for status, _ in answers)
    return Killed(refused, missing, p99(times[:first]), p99(times[first:last]), caught_up)


def _write_steadily(system: System, clients: ThreadPoolExecutor, began: float) -> list[Future[tuple[int, float]]]:
    """The answers, of which some are yet to come."""
    futures = []
    for number in range((BEFORE + AWAY + AFTER) * KILL_WRITES_A_SECOND):
        time.sleep(max(0.0, began + number / KILL_WRITES_A_SECOND - time.perf_counter()))
        futures.append(clients.submit(post, system.url))
    return futures


def _kill_for_a_while(system: System, place: Place, began: float) -> float:
    place.broker.sync()
    time.sleep(max(0.0, began + BEFORE - time.perf_counter()))
    place.broker.kill()
    time.sleep(max(0.0, began + BEFORE + AWAY - time.perf_counter()))
    place.broker.start()
    usable = time.perf_counter()
    reached = system.own_id()
    wait_for(lambda: system.copy_id() >= reached, within=60)
    return time.perf_counter() - usable


def p99(figures: list[float]) -> float:
    return quantiles(figures, n=100)[98]
