"""What the broker gave up on comes beside the live events, and in their way never."""

from collections.abc import Callable

import pytest
from inbox import topology
from inbox.envelope import Delivery
from inbox.sources import SourceRefused
from inbox.sources.amqp import AmqpSource

from tests.broker import Broker
from tests.polling import wait_until
from tests.receiving import bodies, receive

OpenSource = Callable[..., AmqpSource]


def give_up(broker: Broker, body: bytes, **properties: object) -> None:
    broker.publish([body], **properties)
    broker.reject()


def receive_given_up(source: AmqpSource) -> list[Delivery]:
    found: list[Delivery] = []
    wait_until(lambda: found.extend(source.receive(seconds=0.2)) or found)
    return found


def test_it_comes_flagged_with_its_properties_and_is_gone_once_acknowledged(
    broker: Broker, open_source: OpenSource
) -> None:
    open_source().close()
    give_up(broker, b"killer", message_id="killer-1", type="some.type")
    source = open_source()
    (delivery,) = receive_given_up(source)
    assert (delivery.body, delivery.source) == (b"killer", "amqp:service.products.dead")
    assert delivery.properties["message_id"] == "killer-1"
    assert delivery.given_up == "the broker gave up on it: rejected, in service.products"
    source.acknowledge()
    source.close()
    assert broker.drain(topology.DEAD_QUEUE) == []


def test_what_was_not_acknowledged_stays(broker: Broker, open_source: OpenSource) -> None:
    open_source().close()
    give_up(broker, b"killer")
    source = open_source()
    assert bodies(receive_given_up(source)) == [b"killer"]
    source.close()
    wait_until(lambda: broker.ready(topology.DEAD_QUEUE))
    assert broker.drain(topology.DEAD_QUEUE) == [b"killer"]


def test_live_events_and_given_up_ones_are_acknowledged_apart(broker: Broker, open_source: OpenSource) -> None:
    source = open_source()
    broker.publish([b"warm-up"])
    receive(source, 1)
    broker.send_dead([b"dead 1", b"dead 2"])
    broker.publish([b"live 1"])
    wait_until(lambda: source.wait(seconds=0.05) or not (broker.ready() or broker.ready(topology.DEAD_QUEUE)))
    taken = source.receive(seconds=5)
    assert [(delivery.body, bool(delivery.given_up)) for delivery in taken] == [
        (b"live 1", False),
        (b"dead 1", True),
        (b"dead 2", True),
    ]
    broker.send_dead([b"dead 3"])
    broker.publish([b"live 2"])
    wait_until(lambda: source.wait(seconds=0.05) or not (broker.ready() or broker.ready(topology.DEAD_QUEUE)))
    source.acknowledge()
    source.close()
    assert broker.drain() == [b"live 2"]
    assert broker.drain(topology.DEAD_QUEUE) == [b"dead 3"]


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        (None, "it does not say why"),
        ({"x-death": "nonsense"}, "it does not say why"),
        ({"x-death": [7]}, "it does not say why"),
        ({"x-death": [{"reason": "delivery_limit", "queue": "service.products"}]}, "too often, in service.products"),
    ],
    ids=str,
)
def test_the_brokers_account_is_told_whatever_it_is(
    broker: Broker, open_source: OpenSource, headers: dict[str, object] | None, said: str
) -> None:
    source = open_source()
    broker.send_dead([b"dead"], headers=headers)
    assert said in receive_given_up(source)[0].given_up


def test_a_dead_letter_queue_that_disappears_is_declared_again_and_live_events_go_on(
    broker: Broker, open_source: OpenSource
) -> None:
    source = open_source()
    broker.send_dead([b"first"])
    assert bodies(receive_given_up(source)) == [b"first"]
    source.acknowledge()
    connection = source._connection._pika
    broker.delete_queue(topology.DEAD_QUEUE)
    wait_until(lambda: source.wait(seconds=0.05) or broker.takes_dead(b"second"))
    assert bodies(receive_given_up(source)) == [b"second"]
    source.acknowledge()
    broker.publish([b"live"])
    assert receive(source, 1) == [b"live"]
    assert source._connection._pika is connection, "which was not disturbed"


def test_a_missing_dead_letter_queue_keeps_what_was_given_up_until_it_is_back(
    broker: Broker, open_source: OpenSource
) -> None:
    open_source().close()
    broker.delete_queue(topology.DEAD_QUEUE)
    give_up(broker, b"killer")
    broker.publish([b"live"])
    assert broker.take() == b"live", "it stands in nobody's way"
    source = open_source()
    assert bodies(receive_given_up(source)) == [b"killer"]


def test_a_dead_letter_queue_with_other_arguments_says_which_were_wanted(
    broker: Broker, open_source: OpenSource
) -> None:
    broker.declare_queue(topology.DEAD_QUEUE)
    with pytest.raises(SourceRefused, match=r"for service\.products\.dead: \{'x-queue-type': 'quorum'\}"):
        open_source()
