"""What the catalogue tells the world: a product's whole state, as contract/product.v1.schema.json lays it down."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from outbox.envelope import Event

if TYPE_CHECKING:
    from catalogue.models import Product


def product_event(*, action: Literal["created", "updated", "deleted"], product: "Product") -> Event:
    return Event(
        aggregatetype="product",
        aggregateid=str(product.pk),
        action=action,
        version=product.version,
        time=timestamp(product.updated_at),
        data=product_data(product),
    )


def product_data(product: "Product") -> dict[str, Any]:
    """The product as both services' REST shows it: money as a decimal string, times in UTC to the microsecond."""
    return {
        "id": product.pk,
        "title": product.title,
        "description": product.description,
        "price": None if product.price is None else f"{product.price:.2f}",
        "image": product.image,
        "sku": product.sku,
        "version": product.version,
        "created_at": timestamp(product.created_at),
        "updated_at": timestamp(product.updated_at),
    }


def timestamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
