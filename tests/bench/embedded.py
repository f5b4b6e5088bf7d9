"""The default of `make run`: SQLite on both sides, admin's feed instead of a broker."""

import sqlite3
from urllib.parse import urlsplit

from tests.bench.events import PAYLOAD
from tests.bench.lockstep import MOMENT, TYPE, Lockstep
from tests.bench.measuring import rate
from tests.bench.place import Place, running

EVENTS = 20_000
COLUMNS = "event_id, aggregatetype, aggregateid, type, payload, created_at, attempts, reason, last_error"
FILL = f"""\
WITH RECURSIVE numbers(seq) AS (SELECT :first UNION ALL SELECT seq + 1 FROM numbers WHERE seq < :last)
INSERT INTO outbox_outboxevent ({COLUMNS})
SELECT lower(hex(randomblob(16))), 'product', seq, '{TYPE}', {PAYLOAD}, '{MOMENT}', 0, '', '' FROM numbers"""


class Embedded:
    def __init__(self, place: Place) -> None:
        self._ours = Lockstep(place, "embedded", embedded=True)
        self._admin, self._copy = (self._connect(side) for side in ("admin", "service"))
        self._last = 0

    def drain(self) -> float:
        """Events a second, of products that are new to the copy."""
        first = self._last + 1
        with self._admin as transaction:
            transaction.execute(FILL, {"first": first, "last": first + EVENTS - 1})
        self._last += EVENTS
        with running(self._ours.operators_web), running(self._ours.consumer):
            return rate(lambda: self._highest() - first + 1, total=EVENTS)

    def _highest(self) -> int:
        found = self._copy.execute("SELECT MAX(id) FROM replica_product").fetchone()[0] or 0
        return max(int(found), self._last - EVENTS)

    def _connect(self, side: str) -> sqlite3.Connection:
        return sqlite3.connect(urlsplit(self._ours.database_urls[side]).path, timeout=30)
