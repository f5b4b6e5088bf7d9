"""Service's own checks of `manage.py doctor` fail over the real thing, and say how to mend it."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from inbox import topology
from inbox.envelope import Delivery
from inbox.processor import Processor
from inbox.sources.amqp import AmqpSource
from pytest_django import Settings

from tests.admin import Admin
from tests.broker import Broker
from tests.processes import SERVICE, Process

pytestmark = pytest.mark.django_db(transaction=True)
QUORUM = {"x-queue-type": "quorum"}


@pytest.fixture(autouse=True)
def with_broker(broker: Broker, settings: Settings) -> None:
    settings.BROKER_URL = broker.url
    settings.OTHER_SIDE = settings.OTHER_SIDE | {"url": "http://127.0.0.1:1"}


def examined() -> dict[str, tuple[str, str, str]]:
    """By the check: status, what was seen, and the mend."""
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", "--json", stdout=out)
    findings = json.loads(out.getvalue())["findings"]
    return {found["name"]: (found["status"], found["said"], found["mend"]) for found in findings}


def test_where_all_is_well_nothing_is_to_be_mended(open_source: Callable[..., AmqpSource]) -> None:
    open_source()
    found = examined()
    for name in ("database", "migrations", "broker", "broker version", "exchange", "queue", "dead-letter queue"):
        assert found[name][0] == "ok", found[name]
    assert found["queue"][1] == f"{topology.QUEUE}: 0 ready, consumers: 1"
    assert found["right to bind"][0] == "ok"


def test_it_declares_nothing(broker: Broker) -> None:
    for _ in range(2):
        found = examined()
        assert found["queue"] == (
            "failed",
            f"there is no {topology.QUEUE}",
            "Start the consumer, which declares it: python consumer.py.",
        )
        assert found["dead-letter queue"][0] == "failed"


def test_it_leaves_the_binding(broker: Broker, open_source: Callable[..., AmqpSource]) -> None:
    open_source().close()
    examined()
    broker.publish([b"arrives"])
    assert broker.drain() == [b"arrives"]


def test_a_queue_with_other_arguments_is_told_by_the_one_that_differs(broker: Broker) -> None:
    broker.declare_queue(**topology.QUEUE_ARGUMENTS | {"x-delivery-limit": 3})
    broker.declare_queue(topology.DEAD_QUEUE, **QUORUM | {"x-max-length": 3})
    found = examined()
    status, said, mend = found["queue"]
    assert status == "failed"
    assert "inequivalent arg 'x-delivery-limit'" in said
    assert "received '20' but current is '3'" in said or "received 20 but current is 3" in said
    assert f"when {topology.QUEUE} is empty delete it" in mend
    assert "inequivalent arg 'x-max-length'" in found["dead-letter queue"][1]


def test_no_exchange(broker: Broker) -> None:
    broker.clear()
    assert examined()["exchange"][::2] == ("failed", "Start admin's relay, which declares it.")


def test_a_broker_that_cannot_be_reached(settings: Settings) -> None:
    settings.BROKER_URL = "amqp://ada:hidden@127.0.0.1:1/none"
    status, said, mend = examined()["broker"]
    assert (status, "ada@127.0.0.1:1, vhost none" in said) == ("failed", True)
    assert "hidden" not in said + mend


def test_dead_letters_are_a_warning(broker: Broker) -> None:
    assert examined()["dead letters"][0] == "ok"
    Processor().process([Delivery(body=b"bad", source="test")])
    assert examined()["dead letters"][:2] == ("warning", "1: 1 unreadable")


def test_another_mode_than_admins(settings: Settings, admin: Admin) -> None:
    """That admin has no broker."""
    settings.OTHER_SIDE = settings.OTHER_SIDE | {"url": admin.url}
    found = examined()
    assert found["admin"][0] == "ok"
    assert found["mode"][:2] == ("failed", "service is broker, admin embedded")
    assert found["clocks"][0] == found["version"][0] == "ok"


def test_no_consumer_is_a_failure_and_the_exit_code_says_so(tmp_path: Path) -> None:
    database = {"DATABASE_URL": f"sqlite:///{tmp_path}/new.sqlite3"}
    with Process("manage.py", "migrate", "-v0", folder=SERVICE, log=tmp_path / "migrate.log", **database) as migrate:
        assert migrate.wait() == 0, migrate.output
    with Process("manage.py", "doctor", folder=SERVICE, log=tmp_path / "doctor.log", **database) as doctor:
        assert doctor.wait() == 1, doctor.output
    assert "failed\tconsumer\tnone runs, nor has one before\tStart it: python consumer.py." in doctor.output
    assert "failed\tadmin\tno answer: " in doctor.output
    assert "ok\tbroker\tnot used: the consumer pulls admin's outbox" in doctor.output
