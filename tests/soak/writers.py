"""Clients that create, change and delete at a steady rate, whatever breaks, and remember what they were promised."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from tests.e2e.client import Api, Product

CLIENTS = 4
ACCEPTED, REFUSED, UNANSWERED = "accepted", "refused", "unanswered"
UNAVAILABLE = 503
SHOWN_STATUS = {"POST": 201, "PATCH": 200, "DELETE": 204}


class Writers:
    """`promised`: what the last accepted write of each product was answered; None: that it is deleted.

    A product whose write went unanswered, or was answered 503, which may hide a commit, is left alone from then on:
    only the copy can be asked to be equal for it.
    """

    def __init__(self, admin: Api, *, a_second: float, seed: int) -> None:
        self._admin = admin
        self._pause = CLIENTS / a_second
        self._seed = seed
        self._is_over = threading.Event()
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.slowest = 0.0
        self.promised: dict[int, Product | None] = {}
        self._pool = ThreadPoolExecutor(CLIENTS)

    def __enter__(self) -> Self:
        self._clients = [self._pool.submit(self._write, number) for number in range(CLIENTS)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._pool.shutdown()
        for client in self._clients:
            client.result()  # one that gave up is no quiet client

    def _write(self, number: int) -> None:
        """Each client has products of its own, so that the last answer it got is the last there was."""
        chance = random.Random(f"{self._seed}/{number}")
        mine: list[int] = []
        began, turns = time.monotonic(), 0
        while not self._is_over.wait(max(0.0, began + turns * self._pause - time.monotonic())):
            turns = max(turns + 1, int((time.monotonic() - began) / self._pause))  # what was missed is not made up for
            what = chance.choices(("POST", "PATCH", "DELETE"), (3, 5, 1) if mine else (1, 0, 0))[0]
            self._one(what, chance, mine)

    def _one(self, method: str, chance: random.Random, mine: list[int]) -> None:
        product_id = 0 if method == "POST" else chance.choice(mine)
        path = "/api/products" if method == "POST" else f"/api/products/{product_id}"
        content: Any = {"title": f"Lamp {chance.random()}", "price": f"{chance.randrange(10_000)}.50"}
        if method == "DELETE":
            content = None
        began = time.monotonic()
        try:
            answer = self._admin.request(method, path, content)
        except OSError:
            self._give_up(product_id, mine, UNANSWERED)
            return
        finally:
            self.slowest = max(self.slowest, time.monotonic() - began)
        if answer.status == UNAVAILABLE:
            self._give_up(product_id, mine, REFUSED)
            return
        assert answer.status == SHOWN_STATUS[method], (
            f"{method} {path} was answered {answer.status}: {answer.body[:300]!r}"
        )
        self._note(method, answer.json if method != "DELETE" else None, product_id, mine)

    def _note(self, method: str, product: Product | None, product_id: int, mine: list[int]) -> None:
        with self._lock:
            self.counts[ACCEPTED] += 1
            self.promised[product["id"] if product else product_id] = product
        if method == "POST" and product:
            mine.append(product["id"])
        elif method == "DELETE":
            mine.remove(product_id)

    def _give_up(self, product_id: int, mine: list[int], outcome: str) -> None:
        with self._lock:
            self.counts[outcome] += 1
            self.promised.pop(product_id, None)
        if product_id:
            mine.remove(product_id)
