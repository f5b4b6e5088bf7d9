"""What the tests of the consumer share: events that wait for it, what it says of them, and the letters it stored."""

import json
from collections import Counter
from dataclasses import dataclass

from tests.e2e.client import Product
from tests.e2e.waiting import eventually
from tests.faults.lab import sql
from tests.faults.lab.lab import Lab
from tests.faults.lab.programs import Program
from tests.faults.lab.queue import Queue

SAYING_ALL = {"LOG_LEVEL": "DEBUG"}  # with it the consumer says the outcomes of each batch
LETTERS = "SELECT body, reason, error, event_id, attempts FROM inbox_deadletter ORDER BY id"


@dataclass(frozen=True, slots=True)
class Letter:
    body: bytes
    reason: str
    error: str
    event_id: str
    attempts: int


def queue_of(lab: Lab) -> Queue:
    return Queue(lab.broker_url)


def create(lab: Lab, *titles: str) -> list[Product]:
    """Their convergence is the fixture's to assert."""
    products = [lab.admin.create(title=title, price="19.90") for title in titles]
    lab.written |= {product["id"]: product for product in products}
    return products


def backlog(lab: Lab, *titles: str) -> list[Product]:
    """Products whose events wait in the queue, for a consumer that does not run."""
    lab.consumer.stop()
    before = queue_of(lab).ready()
    products = create(lab, *titles)

    def all_wait() -> None:
        assert queue_of(lab).ready() == before + len(titles)

    eventually(all_wait, within=30)
    return products


def lamps(count: int) -> list[str]:
    return [f"Lamp {number}" for number in range(count)]


def copied(lab: Lab, products: list[Product]) -> int:
    """How many of them the copy has, in whatever version."""
    ids = ",".join(str(product["id"]) for product in products)
    return int(sql.value(lab.service_database_url, f"SELECT COUNT(*) FROM replica_product WHERE id IN ({ids})"))


def outcomes(program: Program) -> Counter[str]:
    """Of all that it has acknowledged since it was started with SAYING_ALL."""
    counted: Counter[str] = Counter()
    for line in program.said().splitlines():
        if '"batch applied"' in line:
            said = json.loads(line)
            counted += Counter({name: said.get(name, 0) for name in ("applied", "duplicate", "stale", "rejected")})
    return counted


def wait_outcomes(*programs: Program, count: int, within: float = 60) -> Counter[str]:
    """The outcomes of all of them together, when there are so many."""

    def all_are_there() -> Counter[str]:
        found = sum((outcomes(program) for program in programs), Counter[str]())
        assert found.total() >= count, f"outcomes so far: {found}"
        return found

    return eventually(all_are_there, within=within)


def wait_shown(lab: Lab, products: list[Product], *, within: float = 60) -> None:
    def shown() -> None:
        assert [lab.service.product(product["id"]) for product in products] == products

    eventually(shown, within=within)


def take_letters(lab: Lab, count: int, *, within: float = 60) -> list[Letter]:
    """All dead letters, of which there must be so many; afterwards there are none, as the next test expects."""

    def stored() -> list[Letter]:
        found = [Letter(bytes(body), *rest) for body, *rest in sql.rows(lab.service_database_url, LETTERS)]
        assert len(found) == count, f"{len(found)} dead letters: {[letter.reason for letter in found]}"
        return found

    found = eventually(stored, within=within)
    sql.execute(lab.service_database_url, "DELETE FROM inbox_deadletter")
    return found


def payloads(lab: Lab) -> list[bytes]:
    """The events in admin's outbox, as the relay would publish them."""
    found = sql.rows(lab.admin_database_url, "SELECT payload FROM outbox_outboxevent ORDER BY id")
    return [payload.encode() for (payload,) in found]


def complaints(program: Program) -> list[str]:
    """Its warnings and errors since it was started."""
    lines = [line for line in program.said().splitlines() if '"level": "debug"' not in line]
    return [line for line in lines if '"level": "info"' not in line]
