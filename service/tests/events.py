"""Events as admin writes them, for tests to bend."""

import json
from pathlib import Path
from typing import Any

from inbox.envelope import Delivery

CONTRACT = Path(__file__).resolve().parents[2] / "contract"
EXAMPLES = CONTRACT / "examples"
CREATED_AT = "2026-01-02T03:04:05.678901Z"
UPDATED_AT = "2026-01-03T05:06:07.000001Z"


def product(**changes: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "title": "Lamp",
        "description": "A lamp for the desk.",
        "price": "19.90",
        "image": "https://images.example.com/lamp.jpg",
        "sku": "L-1",
        "version": 1,
        "created_at": CREATED_AT,
        "updated_at": UPDATED_AT,
    } | changes


def event(action: str = "updated", /, *, envelope: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """`changes` go into the product, `envelope` into what is round it."""
    data = product(**changes)
    return {
        "specversion": "1.0",
        "id": f"{action}-{data['id']}-{data['version']}",
        "source": "/lockstep/admin",
        "type": f"lockstep.catalogue.product.{action}.v1",
        "subject": str(data["id"]),
        "time": data["updated_at"],
        "datacontenttype": "application/json",
        "dataschema": "urn:lockstep:product:v1",
        "sequence": f"{data['version']:020d}",
        "data": data,
    } | (envelope or {})


def body(action: str = "updated", /, **changes: Any) -> bytes:
    return json.dumps(event(action, **changes)).encode()


def deliver(content: bytes, /, **properties: Any) -> Delivery:
    return Delivery(body=content, source="test", properties=properties)


def delivery(action: str = "updated", /, **changes: Any) -> Delivery:
    return deliver(body(action, **changes))
