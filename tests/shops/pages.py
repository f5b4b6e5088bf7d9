"""The bodies of the test website: shops with several styles of markup, broken ones, and feeds."""

import html
import json

prices: dict[str, str] = {}
"""By sku: those that somebody has changed."""


def price_of(sku: str, price: str) -> str:
    return prices.get(sku, price)


def page(title: str, body: str, head: str = "") -> str:
    return f"<!doctype html><html><head><title>{html.escape(title)}</title>{head}</head><body>{body}</body></html>"


def script(data: object) -> str:
    told = json.dumps(data, ensure_ascii=False).replace("</", r"<\/")
    return f'<script type="application/ld+json">{told}</script>'


def product(sku: str, name: str, price: str = "19.90", **more: object) -> dict[str, object]:
    offers = {"@type": "Offer", "price": price_of(sku, price), "priceCurrency": "EUR"}
    return {"@context": "https://schema.org", "@type": "Product", "sku": sku, "name": name, "offers": offers, **more}


def product_page(sku: str, name: str, price: str = "19.90", **more: object) -> str:
    return page(name, f"<h1>{html.escape(name)}</h1>", script(product(sku, name, price, **more)))


def links(*paths: str, more: str = "") -> str:
    return page("A list", "<ul>" + "".join(f'<li><a href="{path}">{path}</a></li>' for path in paths) + "</ul>" + more)


def listing(number: int) -> str:
    """Page 1, 2 or 3: four products each, and the way to the next page."""
    shown = [f"/listing/p/{n}" for n in range(number * 4 - 3, number * 4 + 1)]
    following = f'<a rel="next" href="/listing/?page={number + 1}">more</a>' if number < 3 else ""
    return links(
        *shown, "/listing/terms.pdf", "mailto:shop@example.com", "https://elsewhere.example.com/", more=following
    )


MICRODATA = """<div itemscope itemtype="http://schema.org/Product">
  <h1 itemprop="name">Micro lamp</h1> <span itemprop="sku">MICRO-1</span>
  <img itemprop="image" src="/images/micro.jpg"> <div itemprop="description">A <b>small</b> lamp &amp; a cable.</div>
  <div itemprop="offers" itemscope itemtype="http://schema.org/Offer"><meta itemprop="price" content="{price}"></div>
</div>"""
DESCRIPTION = (
    "<p>Warm &amp; bright.</p><script>alert(1)</script><style>p {color: red}</style><ul><li>One</li><li>Two</li></ul>"
)
GRAPH = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "WebSite", "name": "A shop"},
        {"@type": ["Product", "Thing"], "name": "Graph lamp", "sku": "GRAPH-1", "offers": [{"price": 12.5}]},
        {"@type": "http://schema.org/Product", "name": "Graph chair", "sku": "GRAPH-2", "offers": {"price": "80"}},
        {"@type": "Product", "name": "Graph table", "url": "/graph/table", "offers": {"price": "199.00"}},
    ],
}
OFFERS = {
    "@type": "https://schema.org/Product",
    "name": "Sofa",
    "sku": "OFFERS-1",
    "image": ["/images/sofa-1.jpg", "/images/sofa-2.jpg"],
    "offers": {"@type": "AggregateOffer", "lowPrice": "1.299,00 €", "highPrice": "1.499,00 €"},
}
VARIANTS = {
    "@type": "ProductGroup",
    "name": "Shirt",
    "description": "A shirt.",
    "image": {"@type": "ImageObject", "url": "/images/shirt.jpg"},
    "hasVariant": [
        {"@type": "Product", "name": "Shirt, red", "sku": "SHIRT-R", "offers": {"price": "20.00"}},
        {"@type": "Product", "sku": "SHIRT-B", "offers": {"price": "21.00"}},
    ],
}
BROKEN_JSON = '<script type="application/ld+json">{"@type": "Product", "name": "Half a lamp",</script>'
BROKEN_TAGS = f"<html><body><div><p><b>Never closed{script(product('BROKEN-1', 'Broken & whole'))}<table><tr><td>"
ENTITIES = """<?xml version="1.0"?><!DOCTYPE html [<!ENTITY xxe SYSTEM "file:///etc/passwd"><!ENTITY lol "lollollol">]>
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>
<div itemscope="itemscope" itemtype="http://schema.org/Product"><span itemprop="name">Lamp &xxe;&lol;</span>
<span itemprop="sku">XXE-1</span></div></body></html>"""

CSV = """sku;title;description;price;image;url
CSV-1;Lamp;"<b>Bright</b> &amp; warm";19,90;https://images.example.com/lamp.jpg;
CSV-2;Chair;;49.00;;https://shop.example.com/chair
CSV-3;"Table; large";"Two
lines";1.299,00 €;;
"""
BAD_CSV = (
    "sku,title,price\nBAD-1,Fine,1.00\nBAD-2,,2.00\n,No key,3.00\nBAD-4,Expensive,much\nBAD-5,Ragged\nBAD-6,Free,-1\n"
)
JSON_FEED = {
    "products": [
        {"sku": "JSON-1", "title": "Lamp", "price": 19.9, "description": "<p>Warm</p>"},
        {"sku": "JSON-2", "name": "Chair", "price": "49.00", "image": "https://images.example.com/chair.jpg"},
        {"title": "Neither sku nor url", "price": "1.00"},
    ]
}
SHOPIFY = {
    "products": [
        {
            "title": "Mug",
            "body_html": "<p>A mug.</p>",
            "handle": "mug",
            "images": [{"src": "https://images.example.com/mug.jpg"}],
            "variants": [
                {"title": "Blue", "sku": "MUG-B", "price": "9.00"},
                {"title": "Red", "sku": "MUG-R", "price": "9.50"},
            ],
        }
    ]
}


def many(count: int) -> str:
    return "sku,title,price\n" + "".join(
        f"MANY-{n},Product {n},{price_of(f'MANY-{n}', '1.00')}\n" for n in range(1, count + 1)
    )


def instance(base: str, after: int) -> dict[str, object]:
    """What another instance answers: three pages of two products; the last one has no sku."""
    when = {"created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z"}
    rows = [
        {"id": n, "title": f"Theirs {n}", "description": "", "price": "5.00", "image": "", "version": 1, **when}
        | {"sku": None if n == 6 else f"THEIRS-{n}"}
        for n in range(after + 1, after + 3)
    ]
    following = f"{base}/api/products?cursor={after + 2}" if after + 2 < 6 else None
    return {"next": following, "previous": None, "results": rows}
