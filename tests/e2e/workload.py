"""Clients that write while a test kills something."""

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from tests.e2e.client import Api, Product
from tests.e2e.stacks import Stack
from tests.e2e.waiting import eventually

CLIENTS = 4
PAUSE_SECONDS = 0.02  # after each write of a client; some outages take long
REACH_SECONDS = 60
BACK_SECONDS = 30
BEFORE, AFTER, AT_LEAST = 100, 100, 300  # writes around a kill


class Workload:
    """Creates, changes and deletes products from several threads until it is left; every write must succeed.

    With `may_fail`, a request may go unanswered: what became of that product is then unknown, and the next one follows.
    """

    def __init__(self, admin: Api, *, may_fail: bool = False, clients: int = CLIENTS) -> None:
        self._admin = admin
        self._may_fail = may_fail
        self._count = clients
        self._is_over = threading.Event()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(clients)
        self._numbers = itertools.count()
        self.writes = 0
        self.last: dict[int, Product | None] = {}  # see convergence.Written

    def __enter__(self) -> Self:
        self._clients = [self._pool.submit(self._write) for _ in range(self._count)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._pool.shutdown()
        for client in self._clients:
            client.result()

    def reach(self, writes: int) -> None:
        """Waits until so many writes were answered."""

        def reached() -> None:
            assert self.writes >= writes or any(client.done() for client in self._clients), f"{self.writes} writes"

        eventually(reached, within=REACH_SECONDS, every=0.005)
        assert self.writes >= writes, "a client has given up"

    def _write(self) -> None:
        for number in self._numbers:
            try:
                for product_id, product in self._life(number):
                    with self._lock:
                        self.writes += 1
                        self.last[product_id] = product
                    if self._is_over.wait(PAUSE_SECONDS):
                        return
            except OSError:
                if not self._may_fail:
                    raise

    def _life(self, number: int) -> Iterator[tuple[int, Product | None]]:
        """Each step is one write: its product and what was answered."""
        admin = self._admin
        product_id = (product := admin.create(title=f"Lamp {number}", price=f"{number % 1000}.50"))["id"]
        yield product_id, product
        steps: list[Callable[[], Product | None]] = []
        if number % 2:
            steps.append(lambda: admin.patch(product_id, price=None, description="Sold out 💡"))
        if number % 3 == 0:
            steps.append(lambda: admin.put(product_id, title=f"Lämp {number}", sku=f"L-{product_id}"))
        if number % 5 == 0:
            steps.append(lambda: admin.delete(product_id))
        for step in steps:
            yield product_id, self._unless_lost(product_id, step)

    def _unless_lost(self, product_id: int, step: Callable[[], Product | None]) -> Product | None:
        try:
            return step()
        except OSError:
            with self._lock:
                del self.last[product_id]
            raise


def kill_in_the_middle(stack: Stack, process: str, *, may_fail: bool = False) -> Workload:
    """SIGKILL to a process while clients write; returns when they have ended and the process is back."""
    before = stack.incarnation(process)
    with Workload(stack.admin, may_fail=may_fail) as work:
        work.reach(BEFORE)
        stack.kill(process)
        work.reach(max(AT_LEAST, work.writes + AFTER))

    def is_back() -> None:
        assert stack.incarnation(process) != before
        stack.admin.assert_ready()
        stack.service.assert_ready()

    eventually(is_back, within=BACK_SECONDS)
    return work
