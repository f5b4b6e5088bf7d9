"""Lockstep as it is installed: two databases, a virtual host, its own commands; nothing in it knows of the bench."""

from typing import Any

from tests.bench.events import DESCRIPTION, PAYLOAD
from tests.bench.place import FOLDER, Place, running
from tests.e2e.stacks.processes import ROOT
from tests.faults.lab.programs import Program

QUEUE, EXCHANGE, KEY = "service.products", "catalogue.events", "product.created"
TYPE = "lockstep.catalogue.product.created.v1"
MOMENT = "2026-01-02 03:04:05.678901"


class Lockstep:
    def __init__(self, place: Place, name: str = "lockstep", *, embedded: bool = False) -> None:
        self._place, self._name = place, name
        self.broker_url = "" if embedded else place.broker.virtual_host(name)
        # The embedded way is development's: as `make run` starts it.
        self.env = {"DEBUG": "1", "DJANGO_SETTINGS_MODULE": "config.settings" if embedded else "bench_settings"}
        if self.broker_url:
            self.env["BROKER_URL"] = self.broker_url
        self.database_urls = {side: self._database(side) for side in ("admin", "service")}
        for side in self.database_urls:
            self.manage(side, "migrate", "-v0")
        self.admin_web, self.admin_url = self._web("admin", "admin")
        # For drift checks, which want an operator or DEBUG.
        as_in_development = {"DJANGO_SETTINGS_MODULE": "config.settings"}
        self.operators_web, self.env["ADMIN_URL"] = self._web("operators", "admin", **as_in_development)
        self.service_web, self.service_url = self._web("service", "service")
        self.relay = self._command("relay", "admin", ["manage.py", "relay"], ready="relay connected to broker")
        self.consumers = [
            self._command(f"consumer-{number}", "service", ["consumer.py"], ready="consumer connected")
            for number in (1, 2)
        ]
        if self.broker_url:
            with running(self.relay), running(self.consumer):  # which declare the exchange and the queue
                pass

    @property
    def consumer(self) -> Program:
        return self.consumers[0]

    def connect(self, side: str) -> Any:
        return self._place.connect(f"{self._name}_{side}")

    def manage(self, side: str, *arguments: str) -> None:
        env = self._env(side)
        self._place.run(f"{self._name}-{arguments[0]}", [str(ROOT / side / "manage.py"), *arguments], **env)

    def _database(self, side: str) -> str:
        if not self.broker_url:
            return f"sqlite:///{self._place.folder}/{self._name}-{side}.sqlite3"
        return self._place.mariadb.create_database(f"{self._name}_{side}")

    def _env(self, side: str) -> dict[str, str]:
        return self.env | {"DATABASE_URL": self.database_urls[side], "PYTHONPATH": str(FOLDER)}

    def _web(self, name: str, side: str, **more: str) -> tuple[Program, str]:
        return self._place.web(f"{self._name}-{name}", "config.wsgi", ROOT / side, **(self._env(side) | more))

    def _command(self, name: str, side: str, command: list[str], *, ready: str) -> Program:
        path = [str(ROOT / side / command[0]), *command[1:]]
        return self._place.program(f"{self._name}-{name}", path, ready=ready, **self._env(side))


def fill_outbox(connection: Any, count: int) -> None:
    """Within a transaction of its own: the relay sees all of them at once."""
    columns = "event_id, aggregatetype, aggregateid, type, payload, created_at, attempts, reason, last_error"
    values = f"UUID(), 'product', seq, '{TYPE}', {PAYLOAD}, '{MOMENT}', 0, '', ''"
    execute(connection, f"INSERT INTO outbox_outboxevent ({columns}) SELECT {values} FROM seq_1_to_{count}")


def fill_catalogue(connection: Any, count: int, *, table: str = "catalogue_product") -> None:
    """The products that the events of `fill_outbox` are about."""
    columns = "id, title, description, price, image, version, created_at, updated_at"
    values = f"seq, CONCAT('Lamp ', seq), '{DESCRIPTION}', 19.90, '', 1, '{MOMENT}', '{MOMENT}'"
    execute(connection, f"INSERT INTO {table} ({columns}) SELECT {values} FROM seq_1_to_{count}")


def execute(connection: Any, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.commit()


def value(connection: Any, query: str) -> Any:
    """The one value that the query gives now, None where there is no row."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    connection.commit()
    return row and row[0]
