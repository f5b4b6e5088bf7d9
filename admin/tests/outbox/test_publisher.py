"""The publisher against a real broker."""

from typing import Any
from uuid import uuid4

import pytest
from outbox import publisher as module
from outbox.envelope import CONTENT_TYPE
from outbox.models import OutboxEvent, Reason
from outbox.outcomes import BatchRefused, BrokerRefused, BrokerUnavailable
from outbox.topology import EXCHANGE

from tests.broker import Broker, Proxy, password_of, wrong_url
from tests.support import eventually


def an_event(id: int, action: str = "created", payload: str = "{}") -> OutboxEvent:
    return OutboxEvent(
        id=id, event_id=uuid4(), aggregateid=str(id), type=f"lockstep.catalogue.product.{action}.v1", payload=payload
    )


def test_a_batch_arrives_in_its_order_and_is_confirmed(broker: Broker, publishers: Any) -> None:
    queue = broker.queue()
    publisher = publishers()
    publisher.open()
    outcomes = publisher.publish([an_event(id, payload=f'{{"💡": {id}}}') for id in range(100)])
    assert (sorted(outcomes.confirmed), outcomes.failed) == (list(range(100)), {})
    assert [message.body.decode() for message in broker.take(queue, 100)] == [f'{{"💡": {id}}}' for id in range(100)]


def test_a_message_says_what_it_is(broker: Broker, publishers: Any) -> None:
    queue = broker.queue()
    publisher = publishers()
    publisher.open()
    event = an_event(1, "deleted")
    publisher.publish([event])
    (message,) = broker.take(queue, 1)
    said = message.properties
    assert message.routing_key == "product.deleted"
    assert said.message_id == str(event.event_id)
    assert said.type == "lockstep.catalogue.product.deleted.v1"
    assert said.app_id == "admin"
    assert said.content_type == CONTENT_TYPE
    assert said.delivery_mode == 2
    assert said.timestamp == int(event.created_at.timestamp())


def test_the_exchange_is_declared_as_the_contract_says(broker: Broker, publishers: Any) -> None:
    publishers().open()
    broker.channel.exchange_declare(EXCHANGE, "topic", durable=True)  # another one would be refused with 406


def test_an_event_that_no_queue_took_is_not_confirmed(broker: Broker, publishers: Any) -> None:
    queue = broker.queue("product.created")
    publisher = publishers()
    publisher.open()
    outcomes = publisher.publish([an_event(1, "updated"), an_event(2), an_event(3, "deleted"), an_event(4)])
    assert sorted(outcomes.confirmed) == [2, 4]
    assert outcomes.failed == {1: Reason.UNROUTABLE, 3: Reason.UNROUTABLE}
    assert len(broker.take(queue, 2)) == 2


def test_an_event_that_a_full_queue_refused_is_not_confirmed(broker: Broker, publishers: Any) -> None:
    broker.queue("product.created", max_length=0, overflow="reject-publish")
    broker.queue("product.updated")
    publisher = publishers()
    publisher.open()
    outcomes = publisher.publish([an_event(1), an_event(2, "updated"), an_event(3)])
    assert (outcomes.confirmed, outcomes.failed) == ([2], {1: Reason.NACKED, 3: Reason.NACKED})


def test_one_batch_after_the_other_is_told_apart(broker: Broker, publishers: Any) -> None:
    queue = broker.queue()
    publisher = publishers()
    publisher.open()
    assert publisher.publish([an_event(1)]).confirmed == [1]
    broker.unbind(queue)
    assert publisher.publish([an_event(2)]).failed == {2: Reason.UNROUTABLE}
    broker.channel.queue_bind(queue, EXCHANGE, "product.*")
    assert publisher.publish([an_event(3)]).confirmed == [3]
    assert publisher.publish([]).confirmed == []


def test_what_the_broker_refuses_refuses_the_batch(broker: Broker, publishers: Any, spoil: Any) -> None:
    poison = an_event(13)
    spoil(poison)
    broker.queue()
    publisher = publishers()
    publisher.open()
    outcomes = publisher.publish([an_event(1), poison, an_event(2)])
    assert isinstance(outcomes.broken, BatchRefused)
    assert "expiration" in str(outcomes.broken)
    assert not {poison.id, 2} & set(outcomes.confirmed)
    assert not publisher.is_open
    publisher.open()
    assert publisher.publish([an_event(1), an_event(2)]).confirmed == [1, 2]


def test_an_exchange_that_is_deleted_meanwhile_is_no_event_s_fault(broker: Broker, publishers: Any) -> None:
    publisher = publishers()
    publisher.open()
    broker.forget()
    broken = publisher.publish([an_event(1)]).broken
    assert "exchange" in str(broken)
    assert not isinstance(broken, BatchRefused | BrokerRefused)
    queue = broker.queue()
    publisher.open()
    assert publisher.publish([an_event(1)]).confirmed == [1]
    assert broker.count(queue) == 1


def test_a_missing_permission_is_no_event_s_fault(broker: Broker, publishers: Any) -> None:
    """Nobody may publish to an internal exchange: the broker says 403, as to a user without write permission."""
    publisher = publishers()
    publisher.open()
    broker.forget()
    broker.declare(internal=True)
    broken = publisher.publish([an_event(1)]).broken
    assert isinstance(broken, BrokerRefused)
    assert "write permission" in str(broken)


def test_a_lost_connection_leaves_the_batch_unconfirmed(proxy: Proxy, publishers: Any, broker: Broker) -> None:
    broker.queue()
    proxy.open()
    publisher = publishers(proxy.url)
    publisher.open()
    proxy.cut()
    outcomes = publisher.publish([an_event(1)])
    assert (outcomes.confirmed, isinstance(outcomes.broken, BrokerUnavailable)) == ([], True)
    publisher.open()
    assert publisher.publish([an_event(1)]).confirmed == [1]


def test_a_broker_that_confirms_nothing_is_not_waited_for_without_end(
    proxy: Proxy, publishers: Any, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.05)
    beats: list[bool] = []
    broker.queue()
    proxy.open()
    publisher = publishers(proxy.url, confirm_seconds=0.3)
    publisher.open()
    proxy.is_hanging = True
    outcomes = publisher.publish([an_event(1)], beat=lambda: beats.append(True))
    assert "confirmed nothing for 0.3 s" in str(outcomes.broken)
    assert len(beats) > 2  # somebody has to keep the lease meanwhile
    proxy.is_hanging = False


def test_a_broker_that_does_not_greet_is_not_waited_for_without_end(
    proxy: Proxy, publishers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OPEN_SECONDS", 0.2)
    proxy.is_hanging = True
    proxy.open()
    publisher = publishers(proxy.url)
    with pytest.raises(BrokerUnavailable, match=r"no answer within 0\.2 s"):
        publisher.open()
    proxy.is_hanging = False
    monkeypatch.setattr(module, "OPEN_SECONDS", 15)
    publisher.open()
    assert publisher.is_open


def test_waiting_serves_the_connection_and_sees_its_end(proxy: Proxy, publishers: Any) -> None:
    proxy.open()
    publisher = publishers(proxy.url)
    publisher.open()
    publisher.wait(0.01)
    proxy.cut()
    with pytest.raises(BrokerUnavailable):
        eventually(lambda: publisher.wait(0.1))
    assert not publisher.is_open


def test_waiting_ends_with_a_wake_up(publishers: Any, broker: Broker) -> None:
    publisher = publishers()
    publisher.open()
    publisher._wakes.bind(("127.0.0.1", 0))
    publisher._wakes.sendto(b"", publisher._wakes.getsockname())
    publisher.wait(60)  # the test's own time limit is the assertion


def test_closing_is_never_wrong(publishers: Any, broker: Broker) -> None:
    publisher = publishers()
    publisher.close()
    publisher.open()
    publisher.open()
    publisher.close()
    publisher.close()
    assert not publisher.is_open


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"password": "hunter2"}, "refuses the user or its password"),
        ({"user": "nobody"}, "refuses the user or its password"),
        ({"vhost": "nowhere"}, "no such vhost"),
    ],
    ids=["password", "user", "vhost"],
)
def test_a_wrong_address_is_said_in_one_line_without_the_password(
    broker_url: str, publishers: Any, wrong: dict[str, str], said: str
) -> None:
    with pytest.raises(BrokerRefused, match=said) as refusal:
        publishers(wrong_url(broker_url, **wrong)).open()
    line = str(refusal.value)
    assert "BROKER_URL" in line
    assert_harmless(line, broker_url)


def test_an_exchange_of_another_kind_is_said_with_its_mend(broker: Broker, publishers: Any) -> None:
    broker.declare(type="fanout")
    with pytest.raises(BrokerRefused, match="wanted: topic, durable") as refusal:
        publishers().open()
    assert EXCHANGE in str(refusal.value)
    assert_harmless(str(refusal.value), broker.url)


def test_no_broker_is_said_with_its_address(proxy: Proxy, publishers: Any) -> None:
    with pytest.raises(BrokerUnavailable, match=r"cannot be reached: .*refused") as failure:
        publishers(proxy.url).open()
    assert not isinstance(failure.value, BrokerRefused)
    assert proxy.url.partition("@")[2].partition("/")[0] in str(failure.value)
    assert_harmless(str(failure.value), proxy.url)


def assert_harmless(line: str, url: str) -> None:
    assert "\n" not in line
    assert "hunter2" not in line
    assert password_of(url) not in line
