"""Products in schema.org's words, wherever they stand in a page or a JSON document."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from imports.sources import markup
from imports.sources.addresses import absolute
from imports.sources.making import Draft, Note, Piece, made
from imports.sources.merging import merged
from imports.sources.page import Page
from imports.sources.text import first

Node = dict[str, Any]
PRODUCTS = {"Product", "ProductGroup", "ProductModel", "IndividualProduct", "SomeProducts"}
LISTS = {"ItemList", "OfferCatalog"}  # a BreadcrumbList is none of products
# Where products are looked for; others hold products that are not on offer there, as isRelatedTo does.
HOLDERS = ("@graph", "mainEntity", "about", "itemListElement", "item", "itemOffered", "hasVariant")
INHERITED = ("name", "description", "image")
MOST_NODES = 100_000


class Markup:
    """The nodes of a page or document, and what their @id refers to."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = list(nodes)
        named = (each for node in self.nodes for each in [node, *_several(node.get("@graph"))])
        self._named = {each["@id"]: each for each in named if isinstance(each.get("@id"), str) and len(each) > 1}

    def drafts(self) -> list[Draft]:
        return [self._draft(node) for node in self._all() if PRODUCTS & types(node) and not self._variants(node)]

    def listed(self) -> list[str]:
        """The URLs, as they stand there, to which its lists lead."""
        entries = [entry for node in self._all() if LISTS & types(node) for entry in self._of(node, "itemListElement")]
        found = (first([entry.get("url"), entry.get("item")], "url", "@id") for entry in entries)
        plain = (first(text) for node in self._all() if LISTS & types(node) for text in _texts(node))
        return [url for url in (*found, *plain) if url]

    def _all(self) -> Iterator[Node]:
        """Every node in which products are looked for, in the document's order; variants with what they inherit. One
        that others refer to comes once by itself and once with its inheritance: merging makes them one."""
        stack: list[tuple[Node, Mapping[str, Any]]] = [(node, {}) for node in reversed(self.nodes)]
        seen: set[tuple[int, bool]] = set()
        while stack and len(seen) < MOST_NODES:
            node, inherited = stack.pop()
            if (id(node), bool(inherited)) in seen:
                continue
            seen.add((id(node), bool(inherited)))
            yield {**inherited, **{name: value for name, value in node.items() if value not in (None, "", [])}}
            stack += reversed([(each, _handed_down(node, name)) for name in HOLDERS for each in self._of(node, name)])

    def _draft(self, node: Node) -> Draft:
        offers = self._of(node, "offers")
        own = node.get("url") or (offers[0].get("url") if len(offers) == 1 else None)
        return Draft(
            title=node.get("name"),
            description=node.get("description"),
            prices=self._prices(offers)
            or [price for name in ("price", "lowPrice") if (price := first(node.get(name)))],
            image=self._of(node, "image") or node.get("image"),
            sku=node.get("sku"),
            url=own,
        )

    def _prices(self, offers: list[Node]) -> list[Any]:
        """Of the offers in the first one's currency."""
        currency = first(offers[0].get("priceCurrency")) if offers else None
        of_currency = [offer for offer in offers if first(offer.get("priceCurrency")) == currency]
        return [price for offer in of_currency if (price := self._price(offer)) is not None]

    def _price(self, offer: Node) -> Any:
        said = first(offer.get("lowPrice")) or first(offer.get("price"), "@value")
        if said:
            return said
        asked = self._of(offer, "priceSpecification")
        asked = [each for each in asked if "ListPrice" not in str(each.get("priceType"))] or asked  # crossed out
        specified = (first([each.get("price"), each.get("minPrice")]) for each in asked)
        nested = (first(each.get("price")) for each in self._of(offer, "offers"))
        return next((price for price in (*specified, *nested) if price), None)

    def _variants(self, node: Node) -> list[Node]:
        return [each for each in self._of(node, "hasVariant") if PRODUCTS & types(each)]

    def _of(self, node: Node, name: str) -> list[Node]:
        """The objects under that name, whether they stand there or elsewhere by their @id."""
        return [
            self._named.get(str(each.get("@id")), each) if len(each) == 1 else each for each in _several(node.get(name))
        ]


def types(node: Node) -> set[str]:
    """Without schema.org's address."""
    said = node.get("@type")
    return {
        str(each).rpartition("/")[2].removeprefix("schema:") for each in (said if isinstance(said, list) else [said])
    }


def products(page: Page, *, look: Callable[[], object]) -> tuple[list[Piece], list[str]]:
    """What a page holds, each product once though it be marked up twice, and the URLs of its lists. `look` is called
    for each product: there may be many, and what it raises ends that."""
    pieces: list[Piece] = []
    found: list[list[Draft]] = []
    listed: list[str] = []
    for syntax in (markup.json_ld, markup.microdata):
        nodes = list(syntax(page))
        pieces += [node for node in nodes if isinstance(node, Note)]
        data = Markup(node for node in nodes if not isinstance(node, Note))
        found.append(data.drafts())
        listed += data.listed()
    drafts = merged(found, base=page.base)
    if len(drafts) == 1 and not absolute(first(drafts[0].url, "@id", "url"), page.base):
        drafts[0].url = page.url  # it is this page that is about it
    for draft in drafts:
        look()
        where = (
            page.url if len(drafts) == 1 else f"{(first(draft.title) or 'a product without a name')[:80]} on {page.url}"
        )
        pieces += made(draft, where=where, base=page.base)
    return pieces, listed


def _handed_down(node: Node, name: str) -> Mapping[str, Any]:
    """A variant has what its group has; an offered product is offered by the offer that it stands in."""
    if name == "hasVariant":
        return {name: node[name] for name in INHERITED if node.get(name)}
    return {"offers": node} if name == "itemOffered" else {}


def _several(value: Any) -> list[Node]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]


def _texts(node: Node) -> list[str]:
    value = node.get("itemListElement")
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]
