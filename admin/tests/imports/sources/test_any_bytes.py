"""Whatever arrives, whole or cut or garbled: items, what cannot be taken, or a refusal, and not more than there is."""

import json
import random
from typing import Any

import pytest
from imports.items import Item, Unusable
from imports.sources import csv_feed, json_feed, sniffing
from imports.sources.decoding import decoded
from imports.sources.making import Note
from imports.sources.page import parsed
from imports.sources.schema_org import products
from jobs.errors import Refused

from tests.imports.sources.pages import URL, never, product, script
from tests.imports.sources.test_schema_org import microdata

GROUP = {"@type": "ProductGroup", "name": "Shirt", "hasVariant": [product(sku="S"), product(sku=None, url="/s")]}
VALID = {
    "html": f"<html><head><base href='/x/'>{script({'@graph': [product(offers=[{'price': '1,00 €'}]), GROUP]})}</head>"
    f"<body>{microdata()}<a href='/1'>1</a></body></html>".encode(),
    "csv": 'sku,title,price,image\nA,"La\nmp",1.00,/a.jpg\nB,Ü,"1,5",\n'.encode(),
    "json": json.dumps(
        {"products": [product(), {"sku": "A", "price": 1.5, "images": [{"src": "/a"}]}, GROUP]}
    ).encode(),
}
PIECES = [
    b"\0",
    b"\xff",
    b'"',
    b"<",
    b">",
    b"{",
    b"[",
    b"]",
    b"}",
    b",",
    b"&#0;",
    b"\\ud800",
    b"NaN",
    b"null",
    b"\r",
    b"-1e9999",
]


def pieces(body: bytes, content_type: str) -> list[Any]:
    kind = sniffing.kind(body, content_type=content_type, name="x")
    if kind == "html":
        return products(parsed(body, url=URL), look=never)[0]
    if kind == "csv":
        return [piece for _, piece in csv_feed.pieces(decoded(body), name="x", base=URL)]
    data = json_feed.loaded(decoded(body), name="x")
    return [piece for _, _, piece in json_feed.pieces(data, name="x", base=URL)]


def require_only_what_is_known(body: bytes, content_type: str) -> None:
    try:
        found = pieces(body, content_type)
    except Refused:
        return
    assert len(found) <= len(body)
    for each in found:
        assert isinstance(each, Item | Unusable | Note), (body, each)
        if isinstance(each, Item):
            assert each.sku or each.url
            assert each.price is None or each.price >= 0
            texts = [
                text for text in (each.title, each.description, each.sku, each.url, each.image) if text is not None
            ]
            assert all(text and "\0" not in text and text.encode() for text in texts), (body, each)


TYPES = {"html": "text/html", "csv": "text/csv", "json": "application/json"}


@pytest.mark.parametrize("kind", VALID)
def test_documents_that_are_cut(kind: str) -> None:
    body = VALID[kind]
    for end in range(0, len(body), 3):
        require_only_what_is_known(body[:end], TYPES[kind])


@pytest.mark.parametrize("kind", VALID)
def test_documents_that_are_garbled(kind: str) -> None:
    chance = random.Random(7)
    for _ in range(300):
        body = VALID[kind]
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(body))
            body = body[:at] + chance.choice(PIECES) + body[at + chance.randint(0, 5) :]
        require_only_what_is_known(body, chance.choice([TYPES[kind], ""]))


def test_bytes_without_any_sense() -> None:
    chance = random.Random(8)
    for _ in range(300):
        body = chance.randbytes(chance.randint(0, 300))
        for content_type in (*TYPES.values(), ""):
            require_only_what_is_known(body, content_type)


SHAPES = [
    None,
    True,
    0,
    -1,
    1e308,
    float("nan"),
    "",
    "\0",
    "x",
    [],
    [[]],
    {},
    {"@value": None},
    [None],
    {"@id": 5},
    "http://[",
]


def test_values_of_every_shape_in_every_place() -> None:
    names = (
        "@type",
        "@id",
        "@graph",
        "name",
        "sku",
        "url",
        "image",
        "description",
        "offers",
        "hasVariant",
        "mainEntity",
    )
    for name in (*names, "itemListElement", "variants", "price", "handle", "title", "products", "data", "results"):
        for shape in SHAPES:
            for node in (
                product(**{name: shape}),
                {name: shape},
                {"title": "x", "variants": [{name: shape}]},
                GROUP | {name: shape},
            ):
                require_only_what_is_known(f"<html>{script(node)}".encode(), TYPES["html"])
                require_only_what_is_known(json.dumps([node]).encode(), TYPES["json"])
                require_only_what_is_known(json.dumps(node).encode(), TYPES["json"])
            offer = product(offers={name: shape, "priceSpecification": shape, "price": shape})
            require_only_what_is_known(f"<html>{script(offer)}".encode(), TYPES["html"])
