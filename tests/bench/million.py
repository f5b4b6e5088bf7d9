"""The same at a hundred times the size: a million events that wait, and a copy of a million products."""

import time
from collections.abc import Iterator

from tests.bench import events, load, raw
from tests.bench.lockstep import EXCHANGE, KEY, QUEUE, Lockstep, execute, fill_catalogue, fill_outbox, value
from tests.bench.measuring import purge, rate, wait_for
from tests.bench.place import Place, running

FEW, SMALL_COPY, UPDATES = 20_000, 10_000, 40_000
MIB = 1024 * 1024
Figure = tuple[str, float]


class Million:
    def __init__(self, place: Place, *, count: int) -> None:
        self._count = count
        self._ours = Lockstep(place, "million")
        self._copy, self._admin = self._ours.connect("service"), self._ours.connect("admin")

    def run(self) -> Iterator[Figure]:
        """In this order, since each makes what the next one needs."""
        yield "relay, few wait", self._relay(FEW)[0]
        yield "drain, few wait", self._drain(FEW)[0]
        self._empty()
        self._publish(SMALL_COPY)
        self._drain(SMALL_COPY)
        yield "drain, updates of a small copy", self._updates(SMALL_COPY)
        yield from (("small copy: " + name, figure) for name, figure in self._reads(SMALL_COPY))
        self._empty()
        fill_catalogue(self._admin, self._count)
        for name, (figure, memory) in (("relay", self._relay(self._count)), ("drain", self._drain(self._count))):
            yield f"{name}, a million wait", figure
            yield f"{name}, memory in MiB", memory
        yield "drift check, seconds", self._check_drift()
        yield "drain, updates of a million", self._updates(self._count)
        yield from (("a million: " + name, figure) for name, figure in self._reads(self._count))
        yield "bootstrap", self._bootstrap()

    def _empty(self) -> None:
        execute(self._copy, "TRUNCATE replica_product")
        execute(self._admin, "TRUNCATE outbox_outboxevent")
        purge(self._ours.broker_url, QUEUE)

    def _relay(self, count: int) -> tuple[float, float]:
        """Events a second, and its memory in MiB; the events are in the queue then."""
        with running(self._ours.relay) as relay:
            fill_outbox(self._admin, count)
            last = value(self._admin, "SELECT MAX(id) FROM outbox_outboxevent")

            def done() -> int:
                oldest = value(self._admin, "SELECT MIN(id) FROM outbox_outboxevent")
                return count if oldest is None else count - (last - oldest + 1)

            return rate(done, total=count), relay.peak_memory() / MIB

    def _drain(self, count: int) -> tuple[float, float]:
        consumer = self._ours.consumer
        consumer.start(wait=False)
        try:
            figure = rate(lambda: value(self._copy, "SELECT MAX(id) FROM replica_product") or 0, total=count)
            return figure, consumer.peak_memory() / MIB
        finally:
            consumer.stop()

    def _publish(self, count: int) -> None:
        raw.publish(self._ours.broker_url, events.bodies(count), exchange=EXCHANGE, key=KEY)

    def _updates(self, products: int) -> float:
        """UPDATES changes of products all over the copy, in order of id; of a small one each several times."""
        count = min(UPDATES, products)
        step, versions = products // count, UPDATES // count
        for version in range(2, 2 + versions):
            changed = events.bodies(count, version=version, step=step)
            raw.publish(self._ours.broker_url, changed, exchange=EXCHANGE, key=KEY)
        first, last = "id = 1 AND version > 1", f"id = {1 + (count - 1) * step} AND version = {1 + versions}"
        consumer = self._ours.consumer
        consumer.start(wait=False)
        try:
            wait_for(lambda: self._has(first))
            began = time.perf_counter()
            wait_for(lambda: self._has(last))
            return UPDATES / (time.perf_counter() - began)
        finally:
            consumer.stop()

    def _has(self, condition: str) -> bool:
        return bool(value(self._copy, f"SELECT COUNT(*) FROM replica_product WHERE {condition}"))

    def _reads(self, products: int) -> Iterator[Figure]:
        url = f"{self._ours.service_url}/api/products"
        with running(self._ours.service_web):
            load.rate(url, seconds=1, highest_id=products)
            yield "get", load.rate(url, seconds=3, highest_id=products)
            yield "list", load.rate(url, seconds=3)

    def _check_drift(self) -> float:
        with running(self._ours.operators_web):
            began = time.perf_counter()
            self._ours.manage("service", "check_drift")
            return time.perf_counter() - began

    def _bootstrap(self) -> float:
        execute(self._copy, "TRUNCATE replica_product")
        with running(self._ours.operators_web):
            began = time.perf_counter()
            self._ours.manage("service", "bootstrap_replica")
            took = time.perf_counter() - began
        assert value(self._copy, "SELECT COUNT(*) FROM replica_product") == self._count
        return self._count / took
