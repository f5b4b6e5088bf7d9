"""Feeds and files of JSON: lists of products, Shopify's, JSON Lines, and JSON-LD."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from jobs.errors import Refused

from imports.items import Item, Unusable
from imports.sources import schema_org
from imports.sources.item import made

LISTS = ("products", "items", "results", "data", "entries")
NAMES = {
    "title": ("title", "name", "product_name"),
    "description": ("description", "body_html", "content"),
    "price": ("price", "amount"),
    "image": ("image", "image_url", "image_link", "images", "featured_image"),
    "sku": ("sku", "mpn"),
    "url": ("url", "link", "product_url"),
}


def parsed(text: str, *, name: str) -> Any:
    """Raises Refused. Numbers stay exact."""
    text = text.lstrip("\ufeff")
    try:
        return json.loads(text, parse_float=Decimal)
    except RecursionError as error:
        raise Refused(f"{name} is nested too deeply to be read.") from error
    except ValueError as error:
        if (lines := _lines(text)) is not None:
            return lines
        raise Refused(f"{name} is no JSON that can be read: {error}.") from error


def products(data: Any, *, name: str, base: str) -> Iterator[Item | Unusable]:
    """`base`: the URL that relative ones belong to; empty for a file. Raises Refused where no list of products is."""
    if isinstance(data, Mapping) and ("@graph" in data or "@type" in data):
        yield from schema_org.from_json(data, url=base or name)
        return
    found = _list(data)
    if found is None:
        raise Refused(f"{name} holds no list of products: a list, or an object with {', '.join(LISTS)}.")
    for number, row in enumerate(found, 1):
        where = f"product {number} of {name}"
        if not isinstance(row, Mapping):
            yield Unusable(where=where, reason="It is no object with a product's fields.")
        elif "@type" in row:
            yield from schema_org.from_json(row, url=base or where)
        elif isinstance(row.get("variants"), list):
            yield from _variants(row, where=where, base=base)
        else:
            yield made(_said(row), where=where, base=base)


def _list(data: Any) -> list[Any] | None:
    if isinstance(data, list):
        return data
    if isinstance(data, Mapping):
        return next((data[name] for name in LISTS if isinstance(data.get(name), list)), None)
    return None


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        field: next((row[one] for one in names if row.get(one) is not None), None) for field, names in NAMES.items()
    }


def _variants(row: Mapping[str, Any], *, where: str, base: str) -> Iterator[Item | Unusable]:
    """Shopify's: each variant is sold by itself, and has its product's texts."""
    shared = _said(row)
    if not shared["url"] and base and isinstance(row.get("handle"), str):
        shared["url"] = f"/products/{row['handle']}"
    variants = [one for one in row["variants"] if isinstance(one, Mapping)]
    for number, variant in enumerate(variants, 1):
        own = {field: value for field, value in _said(variant).items() if value is not None and field != "title"}
        title = shared["title"]
        if len(variants) > 1 and variant.get("title"):
            title = f"{title} ({variant['title']})"
        if len(variants) > 1:
            shared["url"] = None if own.get("sku") else shared["url"]
        yield made(shared | own | {"title": title}, where=f"{where}, variant {number}", base=base)


def _lines(text: str) -> list[Any] | None:
    """JSON Lines: an object a line."""
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        return [json.loads(line, parse_float=Decimal) for line in lines] if len(lines) > 1 else None
    except (ValueError, RecursionError):
        return None
