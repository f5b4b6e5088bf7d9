"""The events that wait, as the page lists them: by the id, which is indexed, since a backlog may be long."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.core.cache import cache
from django.db.models import Q, QuerySet

from outbox import queries
from outbox.models import OutboxEvent, Reason

SHOWN = 50
STRIP = "outbox-strip"
COUNT_SECONDS = 2  # a count reads the whole table, and several people may look at it
STATES: dict[str, tuple[Q, str]] = {
    "waiting": (Q(held_at=None), "go out by themselves; what came back is among them"),
    **{
        str(reason): (Q(held_at=None, reason=reason), said)
        for reason, said in (
            (Reason.UNROUTABLE, "no queue took them"),
            (Reason.NACKED, "a queue would not take them"),
            (Reason.REFUSED, "the broker closed the channel over them"),
        )
    },
    "held": (Q(held_at__isnull=False), "stay until they are released"),
}


@dataclass(frozen=True, slots=True)
class Filter:
    state: str = ""
    product: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> "Filter":
        """What makes no sense asks for nothing."""
        state, product = str(asked.get("state", "")), str(asked.get("product", "")).strip()
        return cls(state if state in STATES else "", product[:64].replace("\0", ""))

    @property
    def events(self) -> QuerySet[OutboxEvent]:
        found = STATES[self.state][0] if self.state else Q()
        if self.product:
            found &= Q(aggregateid=self.product)
        return OutboxEvent.objects.filter(found).order_by("id")

    @property
    def query(self) -> str:
        return urlencode({"state": self.state, "product": self.product})

    def __str__(self) -> str:
        said = f"{self.state} events" if self.state else "events"
        return f"all {said}{f' of product {self.product}' if self.product else ''}"


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[dict[str, Any]]
    after: int  # of the next page; 0: this is the last one


def page(wanted: Filter, *, after: int) -> Page:
    found = list(wanted.events.filter(id__gt=after)[: SHOWN + 1])
    return Page([row(event) for event in found[:SHOWN]], found[SHOWN - 1].id if len(found) > SHOWN else 0)


def row(event: OutboxEvent) -> dict[str, Any]:
    """An event with its state in a word and a level."""
    level, word = ("bad", "held") if event.held_at else ("warn", event.reason) if event.reason else ("ok", "waiting")
    return {
        "id": event.id,
        "event": event.type.split(".")[-2] if event.type.count(".") > 1 else event.type,
        "aggregate": f"{event.aggregatetype} {event.aggregateid}",
        "product_id": event.aggregateid if event.aggregatetype == "product" and event.aggregateid.isdecimal() else "",
        "level": level,
        "word": word,
        **queries.shown(event),
    }


def strip() -> list[dict[str, Any]]:
    """How many there are in each state, and what that means."""
    counts = cache.get_or_set(STRIP, queries.summary, COUNT_SECONDS) or {}
    levels = {"waiting": "ok", "held": "bad"}
    return [
        {"state": state, "count": counts[state], "means": means, "level": levels.get(state, "warn")}
        for state, (_, means) in STATES.items()
    ]


def count_anew() -> None:
    """For who has just changed something, and wants to see it."""
    cache.delete(STRIP)


def envelope(event: OutboxEvent) -> str:
    """The JSON text with a line for each of its parts."""
    return msgspec.json.format(event.payload, indent=2)
