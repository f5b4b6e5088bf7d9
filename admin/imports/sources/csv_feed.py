"""Feeds and files of comma-separated values, or what else stands between them."""

import csv
import io
from collections.abc import Iterator

from jobs.errors import Refused

from imports.items import Item, Unusable
from imports.sources.item import made

NAMES = {
    "title": ("title", "name", "product_name", "product title", "product name"),
    "description": ("description", "body_html", "body (html)", "text"),
    "price": ("price", "variant price", "variant_price", "amount"),
    "image": ("image", "image_link", "image_url", "image src", "image link", "images"),
    "sku": ("sku", "variant sku", "variant_sku", "g:id", "id", "article number", "mpn"),
    "url": ("url", "link", "product_url", "product url", "source_url"),
}
DELIMITERS = (",", ";", "\t", "|")
LONGEST_FIELD = 1_000_000


def rows(text: str, *, name: str) -> Iterator[Item | Unusable]:
    """Raises Refused where its first line names no column that is known."""
    csv.field_size_limit(LONGEST_FIELD)
    text = text.lstrip("\ufeff").replace("\0", "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    columns = _columns(next(reader, []), name=name)
    number = 1
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Unusable(where=f"row {number} of {name}", reason=f"It cannot be read: {error}.")
            continue
        if any(cell.strip() for cell in row):
            said = {field: row[place] for field, place in columns.items() if place < len(row)}
            yield made({"sku": None} | said, where=f"row {number} of {name}")


def _delimiter(text: str) -> str:
    """The one that stands most often in the first line."""
    first = text.lstrip().partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def _columns(header: list[str], *, name: str) -> dict[str, int]:
    """Field → place, by the first of the field's names that is there."""
    places = {cell.strip().lower(): place for place, cell in reversed(list(enumerate(header)))}
    found = {field: places[known] for field, names in NAMES.items() for known in reversed(names) if known in places}
    if not {"sku", "url"} & found.keys():
        known = ", ".join(sorted(name for field in ("sku", "url") for name in NAMES[field]))
        raise Refused(
            f"The first line of {name} names no column by which a product is found again: one of {known}. "
            f"It also knows {', '.join(names[0] for names in NAMES.values())}."
        )
    return found
