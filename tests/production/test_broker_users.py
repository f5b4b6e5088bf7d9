"""The broker's users: each is refused what it does not need, and what it needs is enough."""

import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pika
import pika.exceptions
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.e2e.waiting import eventually
from tests.faults.lab.amqp import EXCHANGE, QUEUE, channel
from tests.production.conftest import Broker
from tests.production.installation import Installation
from tests.servers.process import Port

Deed = Callable[[BlockingChannel], object]
REFUSED, DEAD_EXCHANGE = 403, "service.dead"
JOBS, IMPORTS, CONTROL = "admin.jobs", "admin.jobs.imports", "admin.jobs.control.pidbox"


def publish(exchange: str, key: str) -> Deed:
    def deed(opened: BlockingChannel) -> None:
        opened.confirm_delivery()
        opened.basic_publish(exchange, key, b"{}")

    return deed


DEEDS: dict[str, Deed] = {
    "publishes an event": publish(EXCHANGE, "product.created"),
    "writes past the exchange into the queue": publish("", QUEUE),
    "forges a dead letter": publish(DEAD_EXCHANGE, "product.created"),
    "deletes the exchange": lambda opened: opened.exchange_delete(EXCHANGE),
    "declares the exchange": lambda opened: opened.exchange_declare(EXCHANGE, "topic", durable=True),
    "declares an exchange": lambda opened: opened.exchange_declare("another.events"),
    "declares service's queue": lambda opened: opened.queue_declare(QUEUE, durable=True),
    "declares a queue": lambda opened: opened.queue_declare("another.queue"),
    "declares a queue without a name": lambda opened: opened.queue_declare(""),
    "reads the queue": lambda opened: opened.basic_get(QUEUE),
    "consumes the queue": lambda opened: opened.basic_consume(QUEUE, lambda *_: None),
    "empties the queue": lambda opened: opened.queue_purge(QUEUE),
    "deletes the queue": lambda opened: opened.queue_delete(QUEUE),
    "cuts the queue off": lambda opened: opened.queue_unbind(QUEUE, EXCHANGE, "product.*"),
    "asks for a job": publish(JOBS, "imports"),
    "writes past the exchange into a queue of jobs": publish("", IMPORTS),
    "tells the workers what to do": publish(CONTROL, ""),
    "declares the queue of jobs": lambda opened: opened.queue_declare(IMPORTS, durable=True),
    "takes a job": lambda opened: opened.basic_get(IMPORTS),
    "empties the queue of jobs": lambda opened: opened.queue_purge(IMPORTS),
    "cuts the queue of jobs off": lambda opened: opened.queue_unbind(IMPORTS, JOBS, "imports"),
    "listens to the workers": lambda opened: opened.queue_bind(QUEUE, "admin.jobs.events", "#"),
    "listens to the broker's own events": lambda opened: opened.queue_bind(QUEUE, "amq.topic", "#"),
}
OF_ADMIN = {
    "publishes an event",
    "declares the exchange",
    "deletes the exchange",
    "asks for a job",
    "tells the workers what to do",
    "declares the queue of jobs",
    "takes a job",
    "empties the queue of jobs",
    "cuts the queue of jobs off",
}
OF_SERVICE = {
    "forges a dead letter",
    "declares service's queue",
    "reads the queue",
    "consumes the queue",
    "empties the queue",
    "deletes the queue",
    "cuts the queue off",
}
ADD_JOB = """
from jobs import operations
print(operations.add(kind="drift check", label="all", spec={}, by="test").pk)
"""
MAY = {"admin": OF_ADMIN, "service": OF_SERVICE, "monitor": set()}


@pytest.fixture(scope="module")
def installation(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder: Path = tmp_path_factory.mktemp("installation")
    urls = {f"{user}_broker_url": broker.url_of(user) for user in ("admin", "service")}
    with Installation(folder, **urls) as started:
        yield started


@pytest.mark.parametrize(
    ("user", "deed"), [(user, deed) for user, may in MAY.items() for deed in DEEDS if deed not in may]
)
def test_a_user_is_refused_what_it_may_not_do(broker: Broker, installation: Installation, user: str, deed: str) -> None:
    with channel(broker.url_of(user)) as opened, pytest.raises(pika.exceptions.ChannelClosedByBroker) as refusal:
        DEEDS[deed](opened)
    assert refusal.value.reply_code == REFUSED, refusal.value.reply_text


@pytest.mark.parametrize("login", ["guest:guest", "lockstep:lockstep", "admin:admin", "admin:"])
def test_nobody_gets_in_with_a_password_that_everybody_knows(broker: Broker, login: str) -> None:
    address = broker.url_of("admin").partition("@")[2]
    with pytest.raises(ConnectionError, match="ACCESS_REFUSED"), channel(f"amqp://{login}@{address}"):
        pass


def test_there_are_no_other_users(broker: Broker) -> None:
    listed = [line.split("\t")[0] for line in broker.rabbitmqctl("list_users", "--no-table-headers").splitlines()]
    assert sorted(listed) == ["admin", "monitor", "service"]


def test_relay_and_consumer_need_no_more_than_their_users_may(installation: Installation) -> None:
    installation.create("Lamp")
    eventually(lambda: check("Lamp" in installation.copied()), within=60)
    for program in (installation.relay, installation.consumer):
        assert "refused" not in program.said().lower()


def test_nor_do_a_worker_beat_and_who_asks_for_a_job_or_the_workers(installation: Installation) -> None:
    worker = installation.celery("worker", "--concurrency", "1", "--without-gossip", "--without-mingle", "-E")
    beat = installation.celery("beat", "--pidfile=")
    worker.wait_says("worker begins")
    job_id = installation.command("admin", "shell", "-v0", "-c", ADD_JOB)
    eventually(lambda: check(installation.job_state(job_id) not in ("queued", "running")), within=60)
    assert "celery@" in installation.asked_celery("inspect", "ping")
    for program in (worker, beat):
        assert program.is_running
        assert "refused" not in program.said().lower()
        program.stop()


def test_nor_does_flower(installation: Installation) -> None:
    worker = installation.celery("worker", "--concurrency", "1", "--without-gossip", "--without-mingle", "-E")
    port = Port()
    flower = installation.celery("flower", "--address=127.0.0.1", f"--port={port.number}")
    assert eventually(lambda: seen_by_flower(port.number), within=60).startswith("celery@")
    port.release()
    for program in (worker, flower):
        assert "refused" not in program.said().lower()
        program.stop()


def seen_by_flower(port: int) -> str:
    """The name of the one worker that answered it."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        found = re.findall(r'flower_worker_online\{worker="([^"]+)"\} 1', answer.read().decode())
    assert len(found) == 1
    return str(found[0])


def test_nor_do_the_commands_that_ask_and_declare_the_queue(installation: Installation) -> None:
    installation.create("Lantern")
    installation.command("service", "bootstrap_replica")
    assert "Lantern" in installation.copied()
    assert installation.command("service", "check_drift").startswith("equal")
    installation.command("service", "check")
    installation.command("admin", "check")


def test_doctor_tells_the_rights_that_a_user_has_and_lacks(broker: Broker, installation: Installation) -> None:
    rights = {"admin": ["exchange", "right to publish"], "service": ["exchange", "queue", "right to bind"]}
    for service, names in rights.items():
        found = installation.examined(service)
        assert [found[name]["status"] for name in names] == ["ok"] * len(names), found
    swapped = installation.examined("admin", BROKER_URL=broker.url_of("service"))
    assert swapped["right to publish"]["status"] == "failed"
    assert "ACCESS_REFUSED" in swapped["right to publish"]["said"]
    swapped = installation.examined("service", BROKER_URL=broker.url_of("admin"))
    for name in ("queue", "right to bind"):
        assert (swapped[name]["status"], "ACCESS_REFUSED" in swapped[name]["said"]) == ("failed", True)


def check(holds: bool) -> None:
    assert holds
