"""Each check of `manage.py doctor` fails over the real thing, and says how to mend it."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from console import database_checks, side_checks
from console.findings import Finding, Status, exit_code, failed, ok, run, unknown, warning
from django.core.management import call_command
from django.db import Error, connection
from django.db.models.functions import Now
from outbox.models import OutboxEvent, Reason
from outbox.topology import EXCHANGE
from processes import steering
from processes.models import Process, State

from tests.broker import Broker
from tests.outbox.test_relay import lamps
from tests.support import ended, manage

pytestmark = pytest.mark.django_db(transaction=True)


def examined() -> dict[str, tuple[str, str, str]]:
    """By the check: status, what was seen, and the mend."""
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", "--json", stdout=out)
    return {
        found["name"]: (found["status"], found["said"], found["mend"])
        for found in json.loads(out.getvalue())["findings"]
    }


def running(state: State, **more: Any) -> None:
    moments = {name: Now() for name in ("started_at", "beat_at", "since")}
    identity = {"role": "relay", "host": "vm", "pid": 7, "version": "0.1.0"}
    Process.objects.create(**identity | moments | {"state": state} | more)


def test_where_all_is_well_nothing_is_to_be_mended(broker: Broker) -> None:
    broker.declare()
    running(State.IDLE)
    found = examined()
    for name in (
        "database",
        "database version",
        "migrations",
        "broker",
        "broker version",
        "exchange",
        "outbox",
        "relay",
    ):
        assert found[name][0] == "ok", found[name]
    assert found["right to publish"] == ("ok", f"to {EXCHANGE}", "")


def test_development_is_a_warning(settings: Any) -> None:
    assert examined()["secrets"][0] == "ok"
    settings.DEBUG = True
    assert examined()["secrets"][:2] == (
        "warning",
        "development (DEBUG=1): the API is open to all, and secrets may be anything",
    )


def test_it_publishes_nothing(broker: Broker) -> None:
    queue = broker.queue("#")
    examined()
    assert broker.count(queue) == 0


def test_it_declares_nothing(broker: Broker) -> None:
    for _ in range(2):
        assert examined()["exchange"][:2] == ("unknown", f"{EXCHANGE} is not there yet")


def test_an_exchange_of_another_kind(broker: Broker) -> None:
    broker.declare(type="fanout")
    status, said, mend = examined()["exchange"]
    assert status == "failed"
    assert "inequivalent arg 'type'" in said
    assert f"Delete the other exchange {EXCHANGE}" in mend


def test_a_broker_that_cannot_be_reached(settings: Any) -> None:
    settings.BROKER_URL = "amqp://ada:hidden@127.0.0.1:1/none"
    status, said, mend = examined()["broker"]
    assert status == "failed"
    assert "ada@127.0.0.1:1, vhost none" in said
    assert "hidden" not in said + mend
    assert "mend BROKER_URL" in mend


def test_a_password_and_a_vhost_that_are_wrong(broker: Broker, settings: Any) -> None:
    settings.BROKER_URL = f"{broker.url}-of-nobody"
    assert "no such vhost" in examined()["broker"][1]
    scheme, _, rest = broker.url.partition("://")
    settings.BROKER_URL = f"{scheme}://somebody:else@{rest.partition('@')[2]}"
    assert "refuses the user or its password" in examined()["broker"][1]


def test_events_that_came_back(broker: Broker) -> None:
    lamps(2)
    OutboxEvent.objects.update(reason=Reason.UNROUTABLE)
    status, said, mend = examined()["outbox"]
    assert (status, said) == ("failed", "2 events came back: no queue is bound for them")
    assert "Start service's consumer" in mend
    OutboxEvent.objects.update(reason="", held_at=Now())
    assert examined()["outbox"][0] == "warning"


def test_no_relay_one_that_is_cut_off_and_one_of_another_version(broker: Broker) -> None:
    assert examined()["relay"] == ("failed", "none runs, nor has one before", "Start it: python manage.py relay.")
    running(State.NO_SOURCE, said="broker hung up")
    assert examined()["relay"][:2] == ("failed", "vm/7 is cut off: broker hung up")
    Process.objects.update(state=State.IDLE, version="0.0.9")
    assert examined()["relay"][0] == "warning"


def test_a_pause_is_a_warning(broker: Broker) -> None:
    steering.pause(role="relay", by="ada", reason="maintenance")
    said = [finding.said for finding in run([("relay", side_checks.processes)])]
    assert "paused by ada since " in said[0]
    assert said[0].endswith(": maintenance")


def test_the_other_side_that_gives_no_answer(broker: Broker, settings: Any) -> None:
    settings.OTHER_SIDE = settings.OTHER_SIDE | {"url": "http://127.0.0.1:1"}
    status, said, mend = examined()["service"]
    assert (status, "no answer" in said, "SERVICE_URL" in mend) == ("failed", True, True)
    settings.OTHER_SIDE = settings.OTHER_SIDE | {"url": ""}
    assert examined()["service"][0] == "warning"


def test_migrations_that_were_not_applied(tmp_path: Path) -> None:
    environment = {"DEBUG": "1", "DATABASE_URL": f"sqlite:///{tmp_path}/new.sqlite3"}
    code, output = ended(manage("doctor", **environment), seconds=60)
    assert code == 1
    assert "failed\tmigrations\tnot applied: " in output
    assert "Run manage.py migrate." in output
    assert "Traceback" not in output


def test_a_database_that_is_away(tmp_path: Path) -> None:
    environment = {"DEBUG": "1", "DATABASE_URL": f"sqlite:///{tmp_path}/no/such.sqlite3"}
    code, output = ended(manage("doctor", **environment), seconds=60)
    assert code == 1
    assert "failed\tdatabase\t" in output
    assert "Nothing works without it" in output
    assert "Traceback" not in output


def test_a_database_as_it_must_not_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """What its own session, or its server, can be told."""
    ways = {
        "sqlite": ["PRAGMA busy_timeout = 5"],
        "mysql": ["SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE"],
        "postgresql": ["SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE"],
    }
    with connection.cursor() as cursor:
        for sql in ways[connection.vendor]:
            cursor.execute(sql)
    try:
        found = {finding.name: finding.status for finding in database_checks.database()}
    finally:
        connection.close()
    name = "database timeout" if connection.vendor == "sqlite" else "database isolation"
    assert found[name] is (Status.WARNING if connection.vendor == "sqlite" else Status.FAILED)


def test_a_version_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_checks, "OLDEST", {"SQLite": (9, 0), "MariaDB": (99, 0), "PostgreSQL": (99,)})
    found = {finding.name: finding for finding in database_checks.database()}
    assert found["database version"].status is Status.FAILED
    assert found["database version"].mend.startswith("Upgrade it")


def test_one_check_that_breaks_hides_no_other() -> None:
    def broken() -> Any:
        raise ZeroDivisionError("bad luck")

    def away() -> Any:
        raise Error("gone")

    found = list(run([("a", broken), ("b", away), ("c", lambda: [ok("c", "well")])]))
    assert [finding.status for finding in found] == ["unknown", "unknown", "ok"]
    assert "ZeroDivisionError: bad luck" in found[0].said


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([ok("a", "")], 0),
        ([ok("a", ""), warning("b", "", "")], 0),
        ([unknown("a", ""), warning("b", "", "")], 3),
        ([unknown("a", ""), failed("b", "", "")], 1),
    ],
)
def test_the_exit_code_is_the_worst_of_them(findings: list[Finding], code: int) -> None:
    assert exit_code(findings) == code
