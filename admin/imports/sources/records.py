"""Rows and objects of feeds: which of their names mean what to the catalogue."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from imports.sources.making import Draft

# In the order in which they count where a feed has several. No "id": two shops would have the same ones.
NAMES = {
    "title": ("title", "name", "product name", "product title"),
    "description": ("description", "body html", "product description", "long description", "short description"),
    "prices": ("price", "variant price", "product price", "regular price"),
    "image": ("image", "image link", "image url", "image src", "images", "product image", "thumbnail"),
    "sku": ("sku", "variant sku", "product sku", "g:id"),
    "url": ("url", "link", "product url", "product link", "permalink"),
}
FIELDS = {name: field for field, names in NAMES.items() for name in names}
KNOWN = "; ".join(f"{field.removesuffix('s')}: {', '.join(names)}" for field, names in NAMES.items())


def plain_name(name: str) -> str:
    """ "Image_Link", "g:image_link" and " image link" are one."""
    words = " ".join(re.split(r"[\s_()-]+", name.casefold())).strip()
    return words if words in FIELDS else words.removeprefix("g:")


def known(names: Iterable[str]) -> set[str]:
    """The catalogue's fields that these names mean."""
    return {FIELDS[plain] for name in names if (plain := plain_name(name)) in FIELDS}


def draft(record: Mapping[str, Any]) -> Draft:
    """By plain names, the first one that holds something."""
    said = {field: _first_of(record, names) for field, names in NAMES.items()}
    price = said.pop("prices")
    return Draft(prices=[_money(price)], **said)


def _first_of(record: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((record[name] for name in names if record.get(name) not in (None, "", [])), None)


def _money(price: Any) -> Any:
    if isinstance(price, dict):  # {"amount": "9.90", "currency": "EUR"}
        return next((price[name] for name in ("amount", "value", "price") if name in price), price)
    return price
