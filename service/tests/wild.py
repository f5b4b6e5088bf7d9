"""Routes for such consumers: a product's title says what its projection does."""

import os
import signal
from collections.abc import Sequence

import structlog
from inbox.routing import Change, Outcome, Route
from replica import projection

KILLS = "kills its consumer"
IS_SLOW = "takes its time"


class WildData(projection.ProductData, frozen=True):
    def __post_init__(self) -> None:
        """Before the transaction: on SQLite already its first statement waits for another writer."""
        if self.title == IS_SLOW:
            structlog.get_logger().warning("now applying")


def apply(changes: Sequence[Change]) -> list[Outcome]:
    outcomes = projection.apply(changes)
    if any(change.data.title == KILLS for change in changes):
        os.kill(os.getpid(), signal.SIGKILL)
    return outcomes


ROUTES = {"product.updated.v1": Route(data=WildData, apply=apply)}
