"""Shopify's products.json: products with variants, each of which is a product here."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urljoin

from imports.sources.making import Draft
from imports.sources.text import first

ONLY_ONE = "Default Title"  # Shopify's name for the variant of a product without variants


def is_product(node: Mapping[str, Any]) -> bool:
    return isinstance(node.get("variants"), list) and bool(node["variants"]) and "title" in node


def drafts(node: Mapping[str, Any], *, base: str) -> Iterator[Draft]:
    variants = [variant for variant in node["variants"] if isinstance(variant, dict)]
    for variant in variants:
        yield Draft(
            title=variant_title(node.get("title"), first(variant.get("title")) or ""),
            description=node.get("body_html") or node.get("description"),
            prices=[variant.get("price")],
            image=[variant.get("featured_image"), node.get("image"), node.get("images")],
            sku=variant.get("sku"),
            url=_url(node, variant if len(variants) > 1 else {}, base),
        )


def variant_title(title: Any, variant: str) -> str | None:
    text = first(title)
    return f"{text}, {variant}" if text and variant and variant != ONLY_ONE else text


def _url(node: Mapping[str, Any], variant: Mapping[str, Any], base: str) -> str | None:
    """The file does not say it; the shop's pages all have such addresses."""
    handle, number = first(node.get("handle")), first(variant.get("id"))
    if not base or not handle:
        return None
    return urljoin(base, f"/products/{quote(handle)}" + (f"?variant={quote(number)}" if number else ""))
