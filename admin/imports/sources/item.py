"""Makes an item of what a source says of a product, or says why that is not possible."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from imports.items import Item, Unusable
from imports.sources.price import NoPrice, price
from imports.sources.text import one_line, plain

NO_KEY = "It has neither a sku nor a URL of its own: the next import would double it."


def made(said: Mapping[str, Any], *, where: str, base: str = "") -> Item | Unusable:
    """`said`: title, description, price, image, sku, url, each as the source has it; URLs are relative to `base`."""
    sku, url = one_line(said.get("sku")), link(said.get("url"), base=base)
    if not sku and not url:
        return Unusable(where=where, reason=NO_KEY)
    try:
        amount = price(said.get("price"))
    except NoPrice as error:
        return Unusable(where=where, reason=f"Its price {error}.")
    return Item(
        where=where,
        title=one_line(said.get("title")),
        description=plain(said.get("description")),
        price=amount,
        image=link(said.get("image"), base=base),
        sku=sku,
        url=url,
    )


def link(value: Any, *, base: str) -> str | None:
    """The first of them, absolute and without its fragment; None where there is none of the web."""
    match value:
        case [first, *_]:
            return link(first, base=base)
        case {"url": inner} | {"contentUrl": inner} | {"src": inner} | {"@id": inner}:
            return link(inner, base=base)
        case str() if value.strip() and value.strip().isprintable():
            return _absolute(value.strip(), base)
    return None


def _absolute(text: str, base: str) -> str | None:
    try:
        url = urldefrag(urljoin(base, text)).url
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None
