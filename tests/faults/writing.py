"""What clients do while something breaks."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from tests.e2e.client import Answer, Api, Product
from tests.e2e.waiting import eventually
from tests.faults.lab import sql
from tests.faults.lab.lab import Lab

PAUSE_SECONDS = 0.02
TIMEOUT_SECONDS = 60
DOUBLE = """
INSERT INTO outbox_outboxevent (event_id, aggregatetype, aggregateid, type, payload, created_at, attempts, reason, last_error)
SELECT UUID(), aggregatetype, aggregateid, type, payload, created_at, 0, '', '' FROM outbox_outboxevent LIMIT {limit}
"""  # noqa: E501


def create(lab: Lab, count: int) -> list[Product]:
    products = [lab.admin.create(title=f"Lamp {number}", price=f"{number % 1000}.50") for number in range(count)]
    lab.written |= {product["id"]: product for product in products}
    return products


def change(lab: Lab, count: int) -> list[float]:
    """So many requests, creating, changing and deleting in turn, that must all succeed; the seconds of each."""
    answers: list[Answer] = []
    while len(answers) < count:
        answers.append(lab.admin.request("POST", "/api/products", {"title": "Lämp 💡", "price": "1.50"}))
        assert answers[-1].status == 201
        product: Product = answers[-1].json
        path = f"/api/products/{product['id']}"
        answers.append(lab.admin.request("PUT", path, {"title": "Lamp"}))
        assert answers[-1].status == 200
        lab.written[product["id"]] = answers[-1].json
        if len(answers) % 3 == 2:
            answers.append(lab.admin.request("DELETE", path))
            assert answers[-1].status == 204
            lab.written[product["id"]] = None
    return [answer.seconds for answer in answers]


def fill(url: str, wanted: int) -> None:
    """So many events into the outbox, copies of the ones that are there."""
    while (there := sql.value(url, "SELECT COUNT(*) FROM outbox_outboxevent")) < wanted:
        sql.execute(url, DOUBLE.format(limit=min(there, wanted - there)))


class Clients:
    """They create products, or read service's copy, until they are left: 503 is counted, and nothing but JSON is."""

    def __init__(self, lab: Lab, *, clients: int = 4, is_reading: bool = False) -> None:
        self._lab = lab
        self._api = Api((lab.service if is_reading else lab.admin).port, timeout=TIMEOUT_SECONDS)
        self._question = ("GET", "/api/products") if is_reading else ("POST", "/api/products", {"title": "Lamp"})
        self._is_over = threading.Event()
        self._lock = threading.Lock()
        self._count = clients
        self._pool = ThreadPoolExecutor(clients)
        self.answers: list[Answer] = []

    def __enter__(self) -> Self:
        self._futures = [self._pool.submit(self._ask) for _ in range(self._count)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._pool.shutdown()
        for future in self._futures:
            future.result()

    @property
    def statuses(self) -> Counter[int]:
        with self._lock:
            return Counter(answer.status for answer in self.answers)

    def reach(self, status: int, more: int, *, within: float = 60) -> None:
        """Waits until so many further requests were answered so."""
        wanted = self.statuses[status] + more

        def reached() -> None:
            assert self.statuses[status] >= wanted, f"{self.statuses} and not {wanted} of {status}"

        eventually(reached, within=within)

    def _ask(self) -> None:
        while not self._is_over.wait(PAUSE_SECONDS):
            answer = self._api.request(*self._question)
            assert answer.is_json, answer.body[:300]
            with self._lock:
                self.answers.append(answer)
                if answer.status == 201:
                    self._lab.written[answer.json["id"]] = answer.json
