"""schema.org's products in a page, as JSON-LD and as microdata."""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from imports.items import Item, Unusable
from imports.sources.item import made
from imports.sources.text import one_line

MOST_DEEP = 30
SCRIPT = re.compile(r"<script[^>]{0,500}application/ld\+json[^>]{0,500}>(.*?)</script", re.IGNORECASE | re.DOTALL)
INHERITED = ("name", "description", "image", "brand")
Node = Mapping[str, Any]


def products(html: str, *, url: str) -> tuple[list[Item | Unusable], list[str]]:
    """The products of the page, each once, and what could not be read of it. Raises nothing, whatever stands there."""
    nodes, notes = [], []
    for syntax, piece in [*(("json-ld", script) for script in scripts(html)), ("microdata", html)]:
        try:
            nodes += list(_found(_extracted(piece, url, syntax)))
        except Exception as error:  # extruct and what it uses raise whatever they meet first
            notes.append(f"{url}: its {syntax} cannot be read ({type(error).__name__}: {str(error)[:200]}).")
    said = _merged([_said(node) for node in nodes])
    if len(said) == 1 and not said[0].get("url"):
        said[0]["url"] = url  # the page's only product is what the page is about
    return [made(one, where=url, base=url) for one in said], notes


def linked(html: str, *, url: str) -> list[str]:
    """Where its ItemLists lead to, as they say it."""
    nodes: list[Node] = []
    for script in scripts(html):
        with contextlib.suppress(Exception):  # as above, where it is noted
            nodes += list(_walk(_extracted(script, url, "json-ld")))
    lists = [node for node in nodes if _is(node, "ItemList")]
    elements = [element for node in lists for element in _many(node.get("itemListElement"))]
    found = [element if isinstance(element, str) else _address(element) for element in elements]
    return [text for text in found if text]


def scripts(html: str) -> list[str]:
    """Each script of JSON-LD as a page of its own: one that is broken leaves the others."""
    found = SCRIPT.findall(html)
    return [f'<html><script type="application/ld+json">{inner}</script></html>' for inner in found if inner.strip()]


def _address(element: Any) -> str:
    if not isinstance(element, Mapping):
        return ""
    item = element.get("item")
    inner = item if isinstance(item, str) else _address(item)
    return str(element.get("url") or inner or "")


def from_json(data: Any, *, url: str) -> list[Item | Unusable]:
    """The same from JSON-LD that is the whole answer."""
    return [made(one, where=url, base=url) for one in _merged([_said(node) for node in _found(data)])]


def _extracted(html: str, url: str, syntax: str) -> list[Any]:
    import extruct

    return list(extruct.extract(html, base_url=url, syntaxes=[syntax], uniform=True)[syntax])


def _found(data: Any) -> Iterator[Node]:
    """Products and the variants of groups; what a variant does not say, its group does."""
    variants: set[int] = set()
    for node in _walk(data):
        if _is(node, "ProductGroup"):
            for variant in _many(node.get("hasVariant")):
                if isinstance(variant, Mapping):
                    variants.add(id(variant))
                    yield {name: node[name] for name in INHERITED if name in node} | dict(variant)
        elif _is(node, "Product") and id(node) not in variants:
            yield node


def _walk(data: Any, depth: int = 0) -> Iterator[Node]:
    """Every object, from the outside in. A product's own parts (related ones, say) are not the page's products."""
    if depth > MOST_DEEP:
        return
    if isinstance(data, Mapping):
        yield data
        if _is(data, "Product"):
            return
        data = list(data.values())
    if isinstance(data, list):
        for one in data:
            yield from _walk(one, depth + 1)


def _said(node: Node) -> dict[str, Any]:
    return {
        "title": _first(node.get("name")),
        "description": _first(node.get("description")),
        "price": _price(node.get("offers")),
        "image": node.get("image"),
        "sku": _first(node.get("sku")),
        "url": node.get("url"),
    }


def _price(offers: Any, depth: int = 0) -> Any:
    """Of the first offer that has one; of several prices the lowest that the shop names."""
    for offer in _many(offers):
        if not isinstance(offer, Mapping) or depth > MOST_DEEP:
            continue
        for name in ("price", "lowPrice"):
            if (value := _first(offer.get(name))) not in (None, ""):
                return value
        for name in ("priceSpecification", "offers"):
            if (value := _price(offer.get(name), depth + 1)) is not None:
                return value
    return None


def _merged(said: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One of the products that both syntaxes tell: same sku, else same name."""
    found: dict[str, dict[str, Any]] = {}
    for one in said:
        name = str(one["sku"] or one_line(one["title"]) or len(found))
        same = found.get(name) or next((f for f in found.values() if _is_same(f, one)), None)
        if same is None:
            found[name] = one
        else:
            same.update({key: value for key, value in one.items() if not same[key]})
    return list(found.values())


def _is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    is_named = one_line(one["title"]) is not None and one_line(one["title"]) == one_line(other["title"])
    return is_named and not (one["sku"] and other["sku"]) and not (one["url"] and other["url"])


def _is(node: Node, kind: str) -> bool:
    types = [str(one).rpartition("/")[2].rpartition(":")[2] for one in _many(node.get("@type"))]
    return kind in types


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _first(value: Any) -> Any:
    """JSON-LD may have a list of texts, or an object with @value, where one text is meant."""
    while isinstance(value, list) and value:
        value = value[0]
    return value.get("@value") if isinstance(value, Mapping) else value
