"""What is measured round by round, Lockstep and the others in turn: ratios outlive a noisy machine."""

import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack

from tests.bench import events, load, raw
from tests.bench.embedded import Embedded
from tests.bench.events import DESCRIPTION, NEW_PRODUCT
from tests.bench.lockstep import EXCHANGE, KEY, QUEUE, Lockstep, execute, fill_catalogue, fill_outbox, value
from tests.bench.measuring import declare_quorum, has_consumer, purge, rate, wait_for
from tests.bench.others import Contender
from tests.bench.place import CONTENDERS, Place, running

EVENTS = 40_000
FEW = 1_200  # for who takes them one by one
LOAD_SECONDS = 3
READ_PRODUCTS = 10_000
Measured = dict[str, list[float]]


class Rounds:
    """`run` measures all once more; `measured` has a list for each name, one figure a round, per second."""

    def __init__(self, place: Place) -> None:
        self.measured: Measured = defaultdict(list)
        self._place = place
        self._raw_url = place.broker.virtual_host("raw")
        declare_quorum(self._raw_url, raw.QUEUE)
        self._ours = Lockstep(place)
        self._tutorial = Contender(place, "tutorial")
        self._cqrs = Contender(place, "cqrs_master", copy_app="cqrs_replica")
        self._tasks = Contender(place, "tasks")
        self._stock = Contender(place, "stock")
        self._embedded = Embedded(place)
        self._copy, self._admin = self._ours.connect("service"), self._ours.connect("admin")
        self._consumers = {
            self._tutorial: self._tutorial.consumer([str(CONTENDERS / "tutorial/consumer.py")]),
            self._cqrs: self._cqrs.consumer([str(CONTENDERS / "manage.py"), "cqrs_consume", "-w", "1"]),
            self._tasks: self._tasks.consumer(["-m", "celery", "-A", "tasks.jobs", "worker", "--concurrency=1"]),
        }
        self._queues = {self._tutorial: "service", self._cqrs: "bench", self._tasks: "celery"}
        for contender, program in self._consumers.items():
            with running(program):
                wait_for(lambda: has_consumer(contender.broker_url, self._queues[contender]))  # noqa: B023

    def run(self, *, only: str = "") -> None:
        for step in (self.limits, self.draining, self.relaying, self.posting, self.reading):
            for name, figure in step() if only in step.__name__ else ():
                self.measured[name].append(figure)
                print(f"  {name:40} {figure:10,.0f}/s", flush=True)

    def limits(self) -> Iterator[tuple[str, float]]:
        bodies = list(events.bodies(EVENTS))
        yield "raw: confirms", EVENTS / raw.publish(self._raw_url, bodies)
        yield "raw: consume", EVENTS / raw.consume(self._raw_url, EVENTS)
        yield "raw: upsert", EVENTS / raw.upsert(self._emptied(), EVENTS)
        yield "raw: insert, commit", FEW / raw.insert(self._emptied(), FEW)

    def draining(self) -> Iterator[tuple[str, float]]:
        yield "drain: lockstep", self._drain(consumers=1)
        yield "drain: tutorial", self._drain_other(self._tutorial)
        yield "drain: django-cqrs", self._drain_other(self._cqrs)
        yield "drain: celery", self._drain_other(self._tasks)
        yield "drain: lockstep, two consumers", self._drain(consumers=2)
        yield "drain: lockstep, embedded", self._embedded.drain()

    def relaying(self) -> Iterator[tuple[str, float]]:
        with running(self._ours.relay):
            fill_outbox(self._admin, EVENTS)
            last = value(self._admin, "SELECT MAX(id) FROM outbox_outboxevent")

            def done() -> int:
                oldest = value(self._admin, "SELECT MIN(id) FROM outbox_outboxevent")
                return EVENTS if oldest is None else EVENTS - (last - oldest + 1)

            yield "relay: lockstep", rate(done, total=EVENTS)
        purge(self._ours.broker_url, QUEUE)

    def posting(self) -> Iterator[tuple[str, float]]:
        hello, url = self._place.web("hello", "hello:application", CONTENDERS)
        with running(hello):
            yield "post: WSGI hello", load.rate(url, seconds=LOAD_SECONDS)
        yield "post: stock DRF, no event", self._post(*self._stock.web())
        yield "post: lockstep", self._post(self._ours.admin_web, self._ours.admin_url)
        yield "post: tutorial", self._post(*self._tutorial.web())
        yield "post: tutorial, kept connection", self._post(*self._tutorial.web("-kept", KEEP="1"))
        yield "post: django-cqrs", self._post(*self._cqrs.web())
        yield "post: celery", self._post(*self._tasks.web())
        yield "bulk: lockstep", self._bulk()
        execute(self._admin, "TRUNCATE outbox_outboxevent")
        for contender, queue in self._queues.items():
            purge(contender.broker_url, queue)

    def reading(self) -> Iterator[tuple[str, float]]:
        own = self._stock.connect("own")
        for connection, table in ((own, "stock_product"), (self._copy, "replica_product")):
            execute(connection, f"TRUNCATE {table}")
        fill_catalogue(own, READ_PRODUCTS, table="stock_product")
        raw.upsert(self._copy, READ_PRODUCTS)
        stock, stock_url = self._stock.web()
        with running(stock), running(self._ours.service_web):
            yield "get: stock DRF", load.rate(f"{stock_url}/api/products", seconds=2, highest_id=READ_PRODUCTS)
            yield "get: lockstep", load.rate(f"{self._products}", seconds=2, highest_id=READ_PRODUCTS)
            yield (
                "304: lockstep",
                load.rate(f"{self._products}/1", seconds=2, status=304, etag=etag(f"{self._products}/1")),
            )
            yield "list: stock DRF", load.rate(f"{stock_url}/api/products", seconds=2)
            yield "list: lockstep", load.rate(self._products, seconds=2)

    @property
    def _products(self) -> str:
        return f"{self._ours.service_url}/api/products"

    def _emptied(self) -> object:
        execute(self._copy, "TRUNCATE replica_product")
        return self._copy

    def _drain(self, *, consumers: int) -> float:
        self._emptied()
        raw.publish(self._ours.broker_url, events.bodies(EVENTS), exchange=EXCHANGE, key=KEY)
        with ExitStack() as exits:
            for program in self._ours.consumers[:consumers]:
                program.start(wait=False)
                exits.callback(program.stop)
            return rate(self._count_copies, total=EVENTS)

    def _count_copies(self) -> int:
        """By its highest id, which costs the database little; of several consumers the last need not end last."""
        highest = value(self._copy, "SELECT MAX(id) FROM replica_product") or 0
        return highest if highest < EVENTS else value(self._copy, "SELECT COUNT(*) FROM replica_product")

    def _drain_other(self, contender: Contender) -> float:
        copy, table = contender.connect("copy"), contender.table("copy")
        execute(copy, f"TRUNCATE {table}")
        if contender is self._tutorial:
            raw.publish(contender.broker_url, events.products(FEW), key="service", type="product_created")
        else:
            contender.fill(FEW, DESCRIPTION)
        program = self._consumers[contender]
        program.start(wait=False)
        try:
            return rate(lambda: value(copy, f"SELECT COUNT(*) FROM {table}"), total=FEW)
        finally:
            program.stop()

    def _post(self, program: object, url: str) -> float:
        with running(program):
            load.rate(f"{url}/api/products", seconds=1, status=201, post=NEW_PRODUCT)  # warm
            return load.rate(f"{url}/api/products", seconds=LOAD_SECONDS, status=201, post=NEW_PRODUCT)

    def _bulk(self) -> float:
        """Products, not requests."""
        with running(self._ours.admin_web):
            many = [NEW_PRODUCT] * 1_000
            return 1_000 * load.rate(
                f"{self._ours.admin_url}/api/products", seconds=LOAD_SECONDS, status=201, post=many
            )


def etag(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.headers["ETag"])
