"""The accounts that a lab keeps beside the product: what admin committed, what was published, what service changed.

Triggers in the two databases write the first and the last one, in the product's own transactions. A queue of our own
beside service's gets every published event. Nothing of the product knows of them.
"""

import json
from collections import Counter
from dataclasses import dataclass

from tests.faults.lab import amqp, sql
from tests.faults.lab.amqp import EXCHANGE, SPY

COMMITTED = """
CREATE TABLE audit_committed (id BIGINT AUTO_INCREMENT PRIMARY KEY, product BIGINT, version BIGINT);
CREATE TRIGGER audit_insert AFTER INSERT ON catalogue_product FOR EACH ROW
    INSERT INTO audit_committed (product, version) VALUES (NEW.id, NEW.version);
CREATE TRIGGER audit_update AFTER UPDATE ON catalogue_product FOR EACH ROW
    INSERT INTO audit_committed (product, version) VALUES (NEW.id, NEW.version);
CREATE TRIGGER audit_delete AFTER DELETE ON catalogue_product FOR EACH ROW
    INSERT INTO audit_committed (product, version) VALUES (OLD.id, OLD.version + 1);
"""
APPLIED = """
CREATE TABLE audit_applied (id BIGINT AUTO_INCREMENT PRIMARY KEY, product BIGINT, before_it BIGINT, version BIGINT);
CREATE TRIGGER audit_insert AFTER INSERT ON replica_product FOR EACH ROW
    INSERT INTO audit_applied (product, before_it, version) VALUES (NEW.id, 0, NEW.version);
CREATE TRIGGER audit_update AFTER UPDATE ON replica_product FOR EACH ROW
    INSERT INTO audit_applied (product, before_it, version) SELECT NEW.id, OLD.version, NEW.version FROM DUAL
    WHERE NOT (NEW.version <=> OLD.version AND NEW.applied_at <=> OLD.applied_at AND NEW.title <=> OLD.title
        AND NEW.price <=> OLD.price AND NEW.description <=> OLD.description AND NEW.deleted_at <=> OLD.deleted_at);
"""
TWICE = """
SELECT product, before_it, version FROM audit_applied WHERE version <= before_it
UNION SELECT product, COUNT(*), version FROM audit_applied GROUP BY product, version HAVING COUNT(*) > 1
"""
Change = tuple[int, int]
"""A product's id and version."""


@dataclass(frozen=True, slots=True)
class Published:
    events: Counter[str]  # how often each event id was seen
    changes: set[Change]

    @property
    def duplicates(self) -> int:
        return self.events.total() - len(self.events)


class Accounts:
    def __init__(self, *, broker_url: str, admin_database_url: str, service_database_url: str) -> None:
        self._broker_url = broker_url
        self._admin, self._service = admin_database_url, service_database_url
        self.published = Published(Counter(), set())
        self.lost: set[Change] = set()  # those whose events a test took away, before they were published
        self.repaired: set[Change] = set()  # those that check_drift wrote anew over the same version

    def open_spy(self) -> None:
        """Before anything is published. The queue is like service's own: durable, on a quorum."""
        with amqp.channel(self._broker_url) as channel:
            channel.exchange_declare(EXCHANGE, "topic", durable=True)
            channel.queue_declare(SPY, durable=True, arguments={"x-queue-type": "quorum"})
            channel.queue_bind(SPY, EXCHANGE, "product.*")

    def open_audits(self) -> None:
        """Once the tables are there."""
        for url, script in ((self._admin, COMMITTED), (self._service, APPLIED)):
            sql.execute(url, *filter(str.strip, script.split(";\n")))

    def read_spy(self, *, broker_url: str = "") -> Published:
        """Everything that was published so far, all tests of this lab together; from a certain node, if wanted."""
        with amqp.channel(broker_url or self._broker_url) as channel:
            left = channel.queue_declare(SPY, passive=True).method.message_count
            for _, _, body in channel.consume(SPY, auto_ack=True, inactivity_timeout=5):
                if left and body is not None:
                    self._note(body)
                    left -= 1
                if left <= 0 or body is None:
                    break
            channel.cancel()
        assert left <= 0, f"the spy queue gave {left} messages less than it has"
        return self.published

    def _note(self, body: bytes) -> None:
        try:
            event = json.loads(body)
        except ValueError:
            return  # a test has put it into the outbox by SQL: no change of a product has such an event
        self.published.events[event["id"]] += 1
        self.published.changes.add((event["data"]["id"], event["data"]["version"]))

    def committed(self) -> set[Change]:
        return set(sql.rows(self._admin, "SELECT product, version FROM audit_committed"))

    def assert_clean(self) -> None:
        published = self.read_spy().changes
        committed = self.committed()
        ghosts, zombies = published - committed, committed - published - self.lost
        assert not zombies, f"{len(zombies)} changes without an event (id, version): {sorted(zombies)[:5]}"
        assert not ghosts, f"{len(ghosts)} events without their change (id, version): {sorted(ghosts)[:5]}"
        found = sql.rows(self._service, TWICE)
        twice = [effect for effect in found if (effect[0], effect[2]) not in self.repaired]
        assert not twice, f"{len(twice)} effects twice or backwards (id, version before or times, version): {twice[:5]}"
