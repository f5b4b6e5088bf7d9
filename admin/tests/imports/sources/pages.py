"""Pages and what they give, in short."""

import json
from typing import Any

from imports.items import Item, Unusable
from imports.sources.making import Note
from imports.sources.page import parsed
from imports.sources.schema_org import products

URL = "https://shop.example.com/lamp"


def script(data: Any) -> str:
    text = data if isinstance(data, str) else json.dumps(data)
    return f'<script type="application/ld+json">{text}</script>'


def product(**more: Any) -> dict[str, Any]:
    return {"@type": "Product", "name": "Lamp", "sku": "L-1"} | more


def read(*parts: Any, url: str = URL) -> list[Any]:
    """What a page of these parts gives: objects are JSON-LD, texts are what they are."""
    body = "".join(part if isinstance(part, str) else script(part) for part in parts)
    return products(parsed(f"<html><body>{body}</body></html>".encode(), url=url), look=never)[0]


def never() -> None:
    """Nobody wants it to stop."""


def items(*parts: Any, url: str = URL) -> list[Item]:
    return [piece for piece in read(*parts, url=url) if isinstance(piece, Item)]


def item(*parts: Any, url: str = URL) -> Item:
    """The only one."""
    (found,) = read(*parts, url=url)
    assert isinstance(found, Item), found
    return found


def reasons(*parts: Any) -> list[str]:
    return [piece.reason for piece in read(*parts) if isinstance(piece, Unusable)]


def notes(*parts: Any) -> list[str]:
    return [piece.text for piece in read(*parts) if isinstance(piece, Note)]
