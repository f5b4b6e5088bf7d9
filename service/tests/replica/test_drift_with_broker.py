"""check_drift and bootstrap_replica beside a real admin, its relay and a real broker; this test is the consumer."""

from collections.abc import Callable, Iterator

import pytest
from django.core.management import CommandError
from inbox import subscription
from inbox.admin_api import AdminApi
from inbox.processor import Processor
from inbox.sources.amqp import AmqpSource
from pytest_django import Settings
from replica import bootstrap

from tests import database
from tests.admin import Admin
from tests.broker import Broker
from tests.polling import wait_until
from tests.processes import Process
from tests.replica.pairs import are_equal, check, create, fill, insert, tombstones

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]


@pytest.fixture(scope="module")
def publishing(template: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admin]:
    with Broker() as broker:
        url = broker.url
    assert isinstance(template, type(tmp_path_factory.getbasetemp()))
    with Admin(template, tmp_path_factory.mktemp("publishing"), BROKER_URL=url) as admin:
        yield admin


@pytest.fixture
def admin(publishing: Admin, broker: Broker, settings: Settings) -> Admin:
    publishing.clear()
    publishing.execute("DELETE FROM outbox_lease")
    settings.ADMIN_URL, settings.BROKER_URL = publishing.url, broker.url
    return publishing


@pytest.fixture
def relay(admin: Admin) -> Iterator[Process]:
    with admin.relay() as process:
        process.wait_for("relay is active")
        yield process


@pytest.fixture
def follow(admin: Admin, open_source: Callable[[], AmqpSource]) -> Callable[[], None]:
    """Takes what the relay sends until outbox and queue are empty."""

    def follow() -> None:
        source = open_source()
        mark = subscription.newest_event(AdminApi())
        while deliveries := source.receive(seconds=0.3) or not subscription.has_arrived(mark, AdminApi()):
            if not isinstance(deliveries, bool):
                Processor().process(deliveries)
                source.acknowledge()
        source.close()

    return follow


@pytest.mark.usefixtures("relay")
def test_a_late_subscriber_declares_its_queue_is_filled_and_follows(
    admin: Admin, broker: Broker, follow: Callable[[], None]
) -> None:
    insert(admin, *range(1, 40))
    assert "read 39 products" in fill()
    assert are_equal(admin)
    create(admin, "new")
    admin.call("DELETE", "/api/products/1")
    wait_until(lambda: broker.ready() == 2)
    follow()
    assert are_equal(admin)
    assert check()[0] == 0


def test_what_waits_in_the_outbox_or_in_the_queue_is_not_told_for_drift(
    admin: Admin, broker: Broker, follow: Callable[[], None]
) -> None:
    fill()
    create(admin, "one")
    code, said = check("--wait", "0.2")
    assert (code, "may still be on their way" in said) == (3, True)
    with admin.relay():
        wait_until(lambda: broker.ready() == 1)
        wait_until(lambda: not admin.execute("SELECT 1 FROM outbox_outboxevent"))
        code, said = check("--wait", "0.2")
        assert (code, "may still be on their way" in said) == (3, True)
        follow()
    assert check("--wait", "0.2")[0] == 0


@pytest.mark.usefixtures("relay")
def test_an_event_that_was_lost_in_the_broker_is_found_and_mended(
    admin: Admin, broker: Broker, follow: Callable[[], None]
) -> None:
    fill()
    create(admin, "one", "two")
    wait_until(lambda: broker.ready() == 2)
    follow()
    admin.call("PATCH", "/api/products/1", title="lost")
    admin.call("DELETE", "/api/products/2")
    wait_until(lambda: broker.ready() == 2)
    broker.drain()
    code, said = check()
    assert (code, "drift: 1 extra, 1 stale. --repair mends it" in said) == (1, True)
    assert check("--repair")[0] == 0
    assert are_equal(admin)
    assert tombstones() == {2: 2}


def test_a_held_event_is_drift_since_nothing_will_bring_it(admin: Admin) -> None:
    fill()
    create(admin, "one")
    admin.execute("UPDATE outbox_outboxevent SET held_at = '2026-01-01 00:00:00'")
    assert check()[0] == 1


def test_a_queue_that_was_deleted_starts_the_filling_anew(admin: Admin, broker: Broker) -> None:
    insert(admin, *range(1, 7))
    bootstrap.step(bootstrap.begin(AdminApi(), since=None), AdminApi(), limit=4)
    assert bootstrap.begin(AdminApi(), since=None).after == 4
    broker.delete_queue()
    assert "read 6 products" in fill()
    assert broker.ready() == 0


def test_a_deleted_queue_is_not_forgotten_by_a_kill_right_after_joining(
    admin: Admin, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(admin, *range(1, 7))
    bootstrap.step(bootstrap.begin(AdminApi(), since=None), AdminApi(), limit=4)
    broker.delete_queue()
    join = subscription.join

    def die(*arguments: object, **options: object) -> None:
        join(*arguments, **options)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(subscription, "join", die)
        with pytest.raises(CommandError):
            fill()
    assert "read 6 products" in fill()


def test_a_broker_that_is_down_is_one_line_and_never_the_password(admin: Admin, settings: Settings) -> None:
    fill()
    create(admin, "one")
    settings.BROKER_URL = f"amqp://user:hunter2@127.0.0.1:{database.closed_port()}/"
    admin.execute("DELETE FROM outbox_outboxevent")
    code, said = check()
    assert (code, said.count("\n"), "hunter2" in said) == (3, 1, False)
    assert "unknown: cannot tell: broker user@127.0.0.1" in said
    with pytest.raises(CommandError, match=r"cannot be reached: .*Run it again") as caught:
        fill()
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_where_the_relay_never_connected_filling_says_so(admin: Admin, broker: Broker) -> None:
    broker.clear()
    with pytest.raises(CommandError, match=r"Admin's relay declares the exchange when it connects\. Run it again"):
        fill()
