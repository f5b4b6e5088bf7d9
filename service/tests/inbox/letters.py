"""Dead letters for tests, made the way the processor makes them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import OperationalError
from inbox import dead_letters
from inbox.envelope import Rejected
from inbox.models import DeadLetter, Reason
from inbox.processor import Processor
from inbox.routing import Change, Outcome, Route
from replica import projection

from tests.events import body, deliver

POISON = 13
OUTAGE = 14
HOSTILE = "<script>alert(1)</script>\u202e\x1b[2J"
KILLED = "the broker gave up on it: delivered too often"


def rejected(content: bytes, **properties: Any) -> DeadLetter:
    Processor().process([deliver(content, **properties)])
    return DeadLetter.objects.latest("id")


def stored(content: bytes, reason: Reason = Reason.UNPROCESSABLE, error: str = "so it was", **more: Any) -> DeadLetter:
    dead_letters.store([(deliver(content, **more), Rejected(reason, error))])
    return DeadLetter.objects.latest("id")


def applicable(ids: Iterable[int], *, error: str = "so it was") -> None:
    """Of events that can be applied by now."""
    dead_letters.store([(deliver(body(id=id)), Rejected(Reason.UNPROCESSABLE, error)) for id in ids])


def given_up(content: bytes) -> DeadLetter:
    return stored(content, Reason.GIVEN_UP, KILLED)


def row(id: int) -> Any:
    from replica.queries import row

    return row(id)


def apply(changes: Sequence[Change]) -> list[Outcome]:
    if any(change.data.id == POISON for change in changes):
        raise ZeroDivisionError("bad luck")
    if any(change.data.id == OUTAGE for change in changes):
        raise OperationalError("the server has gone away")
    return projection.apply(changes)


ROUTES = {"product.updated.v1": Route(data=projection.ProductData, apply=apply, current=row)}
