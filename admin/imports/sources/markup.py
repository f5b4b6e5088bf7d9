"""The schema.org markup of a page as plain objects, from JSON-LD and microdata alike."""

from collections.abc import Iterator
from typing import Any

from imports.sources.making import Note
from imports.sources.page import Page

JSON_LD = "application/ld+json"
# Each property's text is taken for itself, so properties in properties are read again and again.
MOST_WORK = 300_000  # elements, each as often as a property or an item holds it
MOST_PROPERTIES = 20_000
# In each other. extruct calls itself for each, and Python's limit met within lxml leaves a lock behind for good.
MOST_NESTED = 60
Node = dict[str, Any]


def json_ld(page: Page) -> Iterator[Node | Note]:
    """Each block for itself: a broken one takes no other with it."""
    from extruct.jsonld import JsonLdExtractor

    scripts = page.tree.xpath("//script[@type]") if page.tree is not None else []
    blocks = [script for script in scripts if script.get("type").partition(";")[0].strip().lower() == JSON_LD]
    for number, script in enumerate(blocks, 1):
        script.set("type", JSON_LD)  # extruct knows this spelling alone
        try:
            found = JsonLdExtractor().extract_items(script)
        except RecursionError:
            yield Note(f"{page.url}: JSON-LD block {number} is left out: it is nested too deeply")
        except Exception as error:  # extruct mends what it can, and fails in many ways at what it cannot
            yield Note(f"{page.url}: JSON-LD block {number} is left out, since it is no valid JSON: {error}")
        else:
            yield from (node for node in found if isinstance(node, dict))


def microdata(page: Page) -> Iterator[Node | Note]:
    """In JSON-LD's shape: {"@type": …, property: value or values}."""
    from extruct.w3cmicrodata import MicrodataExtractor

    if page.tree is None or not page.tree.xpath("boolean(//*[@itemscope])"):
        return
    if _work(page.tree) > MOST_WORK:
        yield Note(f"{page.url}: the microdata is left out, since there is too much of it")
        return
    try:
        found = [_node(item) for item in MicrodataExtractor().extract_items(page.tree, base_url=page.base)]
    except Exception as error:
        yield Note(f"{page.url}: the microdata is left out, since it cannot be read: {error}")
        return
    yield from (node for node in found if isinstance(node, dict))


def _node(value: Any) -> Any:
    if isinstance(value, list):
        return [_node(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "properties" not in value:
        return value.get("value")
    return {"@type": value.get("type")} | {name: _node(each) for name, each in value["properties"].items()}


def _work(tree: Any) -> int:
    """How many elements extruct would look at, at most: a page can be made to cost it hours."""
    referring = tree.xpath("//*[@itemref]")
    if tree.xpath("count(//*[@itemprop or @itemscope])") > MOST_PROPERTIES or len(referring) > MOST_NESTED:
        return MOST_WORK + 1
    references = sum(len(each.get("itemref").split()) for each in referring)
    work = 0
    stack = [(tree, len(referring))]
    while stack:
        element, holders = stack.pop()
        holders += ("itemprop" in element.attrib) + ("itemscope" in element.attrib)
        if holders > 2 * MOST_NESTED:
            return MOST_WORK + 1
        work += holders
        stack += ((child, holders) for child in element)
    return work * (1 + references)
