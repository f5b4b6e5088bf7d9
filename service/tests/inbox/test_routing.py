import pytest
from inbox.conf import InboxConf
from inbox.envelope import Rejected, read
from inbox.models import Reason
from inbox.routing import Router
from pytest_django import Settings

from tests.events import body


@pytest.mark.parametrize("action", ["created", "updated", "deleted"])
def test_an_event_is_a_change_of_its_product(action: str) -> None:
    _, change = Router().resolve(read(body(action, id=5, version=3)))
    assert (change.data.id, change.data.version, change.is_deletion) == (5, 3, action == "deleted")


def test_types_may_begin_with_a_domain_of_ones_own(settings: Settings) -> None:
    settings.INBOX = InboxConf(type_prefix="com.example.shop")
    router = Router()
    own = body(envelope={"type": "com.example.shop.product.updated.v1"})
    assert router.resolve(read(own))[1].data.id == 1
    with pytest.raises(Rejected) as caught:
        router.resolve(read(body()))
    assert caught.value.reason is Reason.UNKNOWN_TYPE
    assert "known are com.example.shop.product.created.v1" in caught.value.error
