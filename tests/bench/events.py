"""Products and their events, all of about the same size."""

import json
import uuid
from collections.abc import Iterator

MOMENT = "2026-01-02T03:04:05.678901Z"
DESCRIPTION = "A lamp for the desk, of brushed steel."  # with its envelope about 540 bytes
NEW_PRODUCT = {"title": "Lamp", "description": DESCRIPTION, "price": "19.90"}


def bodies(count: int, *, version: int = 1, step: int = 1) -> Iterator[bytes]:
    """Envelopes as admin's relay sends them (contract/envelope.schema.json), of every `step`th product."""
    for number in range(1, 1 + count * step, step):
        yield _envelope(number, version).encode()


def products(count: int) -> Iterator[bytes]:
    """Products alone, as a tutorial's admin sends them."""
    for number in range(1, count + 1):
        yield json.dumps(_product(number, 1)).encode()


def _product(number: int, version: int) -> dict[str, object]:
    return {
        "id": number,
        "title": f"Lamp {number}",
        "description": DESCRIPTION,
        "price": "19.90",
        "image": "",
        "sku": None,
        "version": version,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    }


def _envelope(number: int, version: int) -> str:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": str(uuid.UUID(int=number)),
            "source": "/lockstep/admin",
            "type": "lockstep.catalogue.product.created.v1",
            "subject": str(number),
            "time": MOMENT,
            "datacontenttype": "application/json",
            "dataschema": "urn:lockstep:product:v1",
            "sequence": f"{version:020d}",
            "data": _product(number, version),
        },
        separators=(",", ":"),
    )


# The same in SQL, for a million at once; `seq` is the product's id.
PAYLOAD = f"REPLACE('{_envelope(987654321, 1)}', '987654321', seq)"
