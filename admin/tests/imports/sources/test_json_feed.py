import json
from decimal import Decimal
from typing import Any

import pytest
from imports.items import Item, Unusable
from imports.sources.json_feed import loaded, pieces
from jobs.errors import Refused


def read(data: Any, *, base: str = "") -> list[Any]:
    text = data if isinstance(data, str) else json.dumps(data)
    return [piece for _, _, piece in pieces(loaded(text, name="t.json"), name="t.json", base=base)]


LAMP = {"sku": "A", "title": "Lamp", "price": "1.00"}
SHAPES = {
    "a list": [LAMP],
    "products": {"products": [LAMP]},
    "items": {"items": [LAMP], "total": 1},
    "data": {"data": [LAMP]},
    "products in data": {"data": {"products": [LAMP]}},
    "results": {"results": [LAMP]},
    "one alone": LAMP,
    "JSON Lines": json.dumps(LAMP) + "\n\n",
    "other words": [{"SKU": "A", "Product Name": "Lamp", "price": {"amount": "1.00", "currency": "EUR"}}],
    "a number": [LAMP | {"price": 1}],
    "a catalogue's own": [LAMP | {"id": 7, "version": 3, "description": "", "image": ""}],
    "JSON-LD": {"@type": "Product", "sku": "A", "name": "Lamp", "offers": {"price": 1}},
    "a list of JSON-LD": [{"@type": "Product", "sku": "A", "name": "Lamp", "offers": {"price": 1}}],
    "a graph": {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "Organization", "name": "Shop"},
            {"@type": "Product", "sku": "A", "name": "Lamp", "offers": {"@id": "#o"}},
            {"@id": "#o", "price": "1.00"},
        ],
    },
}  # fmt: skip


@pytest.mark.parametrize("case", SHAPES)
def test_lists_are_found_in_their_shapes(case: str) -> None:
    (found,) = read(SHAPES[case])
    assert (found.sku, found.title, found.price, found.description) == ("A", "Lamp", Decimal("1.00"), None)


def test_numbers_stay_exact() -> None:
    text = '[{"sku": 12345678901234567890, "price": 1234567890.005}]'
    assert [(each.sku, str(each.price)) for each in read(text)] == [("12345678901234567890", "1234567890.01")]


def test_nothing_is_no_price_and_zero_is_one() -> None:
    assert [each.price for each in read([{"sku": "A", "price": 0}, {"sku": "B", "price": None}])] == [0, None]


ENTRIES = {
    "a text": ("Lamp", "no object"),
    "null": (None, "no object"),
    "a list": ([LAMP], "no object"),
    "empty": ({}, "no product"),
    "unknown words": ({"foo": 1}, "no product"),
    "a shop": ({"@type": "Store", "name": "Shop", "url": "https://a.example.com"}, "no product"),
    "without sku and url": ({"title": "Lamp", "id": 7}, "neither a sku nor a URL"),
    "a list for a price": (LAMP | {"price": []} | {"prices": 1, "price": ["a"]}, "no number"),
    "a truth for a price": (LAMP | {"price": True}, "no number"),
    "NaN for a price": (LAMP | {"price": float("nan")}, "is no amount"),
    "infinity for a price": (LAMP | {"price": float("-inf")}, "is no amount"),
}


@pytest.mark.parametrize("case", ENTRIES)
def test_an_entry_that_cannot_be_taken_is_told_and_the_next_one_is_read(case: str) -> None:
    entry, reason = ENTRIES[case]
    bad, good = read([entry, LAMP])
    assert isinstance(bad, Unusable)
    assert isinstance(good, Item)
    assert bad.where == "item 1 of t.json"
    assert reason in bad.reason


REFUSED = {
    "nothing": "",
    "half": '{"products": [',
    "no list": '{"a": 1}',
    "a number": "5",
    "null": "null",
    "a text": '"products"',
    "lists without end": "[" * 100_000,
    "objects without end": '{"a":' * 100_000,
    "too many digits": "[" + "9" * 5000 + "]",
    "a page": "<html>",
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_holds_no_products_is_refused(case: str) -> None:
    with pytest.raises(Refused, match=r"t\.json"):
        read(REFUSED[case])


def test_an_empty_list_is_one() -> None:
    assert read([]) == []


def test_a_broken_line_takes_no_other_with_it() -> None:
    found = read('{"sku": "A"}\n{"sku": }\n[[\n{"sku": "B"}')
    assert [each.sku if isinstance(each, Item) else each.where for each in found] == [
        "A", "line 2 of t.json", "line 3 of t.json", "B",
    ]  # fmt: skip


SHOPIFY = {
    "title": "Mug",
    "handle": "mug",
    "body_html": "<p>A mug.</p>",
    "images": [{"src": "https://i.example.com/1.jpg"}],
    "variants": [
        {"id": 1, "title": "Blue", "sku": "M-B", "price": "9.00"},
        {"id": 2, "title": "Red", "sku": "", "price": "9.50", "featured_image": {"src": "https://i.example.com/2.jpg"}},
    ],
}


def test_each_of_shopify_s_variants_is_a_product() -> None:
    blue, red = read({"products": [SHOPIFY]}, base="https://s.example.com/products.json")
    assert (blue.title, blue.sku, blue.image, blue.description) == (
        "Mug, Blue", "M-B", "https://i.example.com/1.jpg", "A mug.",
    )  # fmt: skip
    assert (red.title, red.sku, red.url) == ("Mug, Red", None, "https://s.example.com/products/mug?variant=2")
    assert red.image == "https://i.example.com/2.jpg"


def test_an_only_variant_has_the_product_s_name_and_page() -> None:
    only = SHOPIFY | {"variants": [{"id": 1, "title": "Default Title", "price": "9.00"}]}
    (found,) = read([only], base="https://s.example.com/products.json")
    assert (found.title, found.url) == ("Mug", "https://s.example.com/products/mug")


def test_a_number_beyond_all_bounds_is_one_product_s_error_alone() -> None:
    text = '[{"sku":"A","title":"a","price":1e99999999999999999999},{"sku":"B"}]'
    odd, fine = [piece for *_, piece in pieces(loaded(text, name="t.json"), name="t.json", base="")]
    assert (type(odd), fine.sku) == (Unusable, "B")
