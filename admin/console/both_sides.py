"""One product on both sides: what differs, where its newest event is, and what happened when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config import sync
from django.utils import timezone

from console import other_side
from console.other_side import Away
from console.reading import link
from console.reading import read as understand
from console.words import moment

SAME = ("title", "description", "price", "image", "sku", "version", "created_at", "updated_at")
LONGEST = 10_000  # as long as a description may be


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event in admin's outbox."""

    event_id: str
    type: str
    version: int
    attempts: int
    reason: str
    last_error: str
    trace_id: str
    written_at: datetime | None
    next_attempt_at: datetime | None
    held_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    id: int
    reason: str
    error: str
    event_type: str
    attempts: int
    first_seen_at: datetime | None
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Copy:
    """What one side says. Admin has `waiting`; service the rest, `version` that of a tombstone too."""

    console: str
    waiting: list[Waiting]
    dead_letters: list[DeadLetter]
    version: int | None
    deleted_at: datetime | None
    trace_id: str

    @property
    def url(self) -> str:
        """Of its pages, where it names them."""
        return link(self.console)


@dataclass(frozen=True, slots=True)
class Side:
    told: Copy
    product: dict[str, Any] | None

    @property
    def version(self) -> int | None:
        found = self.product.get("version") if self.product else self.told.version
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def at(self, name: str) -> datetime | None:
        return moment(self.product.get(name)) if self.product else None


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    admin: str | None  # None: this side has no such product
    service: str | None
    differs: bool

    @property
    def sides(self) -> tuple[str | None, str | None]:
        return self.admin, self.service


@dataclass(frozen=True, slots=True)
class Both:
    """`away` says why the other side is missing."""

    id: int
    own: str
    now: datetime
    admin: Side | None
    service: Side | None
    away: str = ""

    @property
    def other(self) -> str:
        return "service" if self.own == "admin" else "admin"

    @property
    def fields(self) -> list[Field]:
        return [self._field(name) for name in SAME] if self._products else []

    @property
    def differing(self) -> list[str]:
        return [field.name for field in self.fields if field.differs]

    @property
    def trace_id(self) -> str:
        """Of the newest event that is known."""
        waiting = self.admin.told.waiting if self.admin else []
        traces = [event.trace_id for event in waiting if event.trace_id]
        return traces[-1] if traces else self.service.told.trace_id if self.service else ""

    @property
    def _products(self) -> list[dict[str, Any]]:
        return [side.product for side in (self.admin, self.service) if side and side.product]

    def _field(self, name: str) -> Field:
        admin, service = (_shown(side.product, name) if side else None for side in (self.admin, self.service))
        both = self.admin is not None and self.service is not None
        return Field(name.replace("_", " "), admin, service, both and admin != service)


def _shown(product: dict[str, Any] | None, name: str) -> str | None:
    if product is None:
        return None
    value = product.get(name)
    text = "" if value is None else str(value)[:LONGEST]
    return text.replace("T", " ", 1) if name.endswith("_at") else text


def read(product_id: int) -> Both:
    """As both sides tell it now. Raises django.db.Error for this side's alone."""
    mine, other = sync.product(product_id), None
    away = ""
    try:
        other = other_side.ask(f"/api/sync/products/{product_id}")
    except Away as error:
        away = str(error)
    return join(own=sync.SIDE, product_id=product_id, mine=mine, other=other, away=away, now=timezone.now())


def join(*, own: str, product_id: int, mine: Any, other: Any, away: str, now: datetime) -> Both:
    sides = {own: _side(mine), "service" if own == "admin" else "admin": None if away else _side(other)}
    return Both(product_id, own, now, sides["admin"], sides["service"], away)


def _side(raw: Any) -> Side:
    product = raw.get("product") if isinstance(raw, dict) else None
    return Side(understand(Copy, raw), product if isinstance(product, dict) else None)
