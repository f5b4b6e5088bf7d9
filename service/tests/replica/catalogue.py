"""Admin's side of a history: what it told at each version, and the row that the copy must make of it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import strategies as st
from inbox.routing import Change
from replica.models import Product
from replica.projection import ProductData

from tests.events import UPDATED_AT, event

Event = dict[str, Any]
Row = tuple[Any, ...]
KEPT = (
    "id", "title", "description", "price", "image", "sku", "created_at", "updated_at", "deleted_at", "version",
)  # fmt: skip

contents = st.fixed_dictionaries(
    {
        "description": st.sampled_from(["", "A lamp."]),
        "price": st.sampled_from([None, "0.00", "19.90"]),
        "image": st.sampled_from(["", "https://images.example.com/lamp.jpg"]),
        "sku": st.sampled_from([None, "L-1", "L-2"]),
        # Admin's clock may be set back: it is the version that counts.
        "updated_at": st.integers(-3, 3).map(lambda days: _moved(UPDATED_AT, days)),
    }
)


class Catalogue:
    """Admin's products: each is created, changed some times, perhaps deleted for good. Ids are given once."""

    def __init__(self) -> None:
        self.told: list[Event] = []
        self.newest: dict[int, Event] = {}

    def create(self, contents: dict[str, Any]) -> Event:
        return self._tell("created", len(self.newest) + 1, contents)

    def update(self, id: int, contents: dict[str, Any]) -> Event:
        return self._tell("updated", id, contents)

    def delete(self, id: int) -> Event:
        return self._tell("deleted", id, {"updated_at": _moved(self.newest[id]["time"], 1)})

    def page(self, first: int, last: int) -> list[Change]:
        """The living products of these ids as they are now, as a snapshot shows them."""
        return [
            Change(data=msgspec.convert(told["data"], ProductData), is_deletion=False, at=_moment(told["time"]))
            for id, told in self.newest.items()
            if first <= id <= last and not is_deletion(told)
        ]

    def _tell(self, action: str, id: int, changes: dict[str, Any]) -> Event:
        before = self.newest[id]["data"] if id in self.newest else {"version": 0}
        version = before["version"] + 1
        told = event(action, **before | changes | {"id": id, "version": version, "title": f"Lamp {id}.{version}"})
        self.told.append(told)
        self.newest[id] = told
        return told


def is_deletion(told: Event) -> bool:
    return ".deleted." in told["type"]


def row(told: Event) -> Row:
    """What the copy holds when this is the newest event of its product that has come."""
    data = told["data"]
    created_at, updated_at = _moment(data["created_at"]), _moment(data["updated_at"])
    if is_deletion(told):
        return (data["id"], "", "", None, "", None, created_at, updated_at, updated_at, data["version"])
    price = data["price"] and Decimal(data["price"])
    texts = (data["title"], data["description"], price, data["image"], data["sku"])
    return (data["id"], *texts, created_at, updated_at, None, data["version"])


def copy() -> list[Row]:
    return list(Product.objects.order_by("id").values_list(*KEPT))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _moved(text: str, days: int) -> str:
    return f"{_moment(text) + timedelta(days=days):%Y-%m-%dT%H:%M:%S.%fZ}"
