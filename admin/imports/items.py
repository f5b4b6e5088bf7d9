"""What sources give: products as they were found, and what cannot be taken, with the reason."""

from decimal import Decimal

import msgspec


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A product as a source tells it. None: the source does not say, so what is there already stays."""

    where: str  # the page's URL, or "row 7 of products.csv": for people who look for it
    title: str | None = None
    description: str | None = None  # text, no markup
    price: Decimal | None = None
    image: str | None = None
    sku: str | None = None
    url: str | None = None  # the product's own page, absolute; with the sku it is what finds the product again


class Unusable(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was met and is no product that can be taken."""

    where: str
    reason: str
