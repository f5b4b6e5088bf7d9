"""What the shops sell, and the pages and feeds that say so. Each sku keeps its meaning; prices can be changed."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from html import escape
from typing import Any
from urllib.parse import parse_qs

HTML = "text/html; charset=utf-8"
JSON = "application/json"
CSV = "text/csv; charset=utf-8"
COLUMNS = ["sku", "title", "description", "price", "image", "url"]
PRODUCTS_ON_A_PAGE = 4  # of the listing
PRODUCTS_IN_AN_ANSWER = 3  # of the other instance's API
Page = tuple[str, bytes]  # content type and body

prices: dict[str, str] = {}  # by sku, where they were changed


def product(
    sku: str, title: str, path: str, *, price: str = "19.90", description: str = "", base: str
) -> dict[str, str]:
    return {
        "sku": sku,
        "title": title,
        "description": description or f"{title}, as it is sold here.",
        "price": prices.get(sku, price),
        "image": f"{base}/images/{sku}.jpg",
        "url": f"{base}{path}",
    }


def html(title: str, body: str, *, head: str = "") -> Page:
    head = f"<title>{escape(title)}</title>{head}"
    return HTML, f"<!doctype html>\n<html lang=en><head>{head}</head>\n<body>{body}</body></html>\n".encode()


def json_ld(data: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


def thing(of: dict[str, str], **more: Any) -> dict[str, Any]:
    """A schema.org Product."""
    offer = {"@type": "Offer", "price": of["price"], "priceCurrency": "EUR", "url": of["url"]}
    told = {"name": of["title"], "description": of["description"], "sku": of["sku"], "image": of["image"]}
    return {"@context": "https://schema.org", "@type": "Product", "url": of["url"], **told, "offers": offer, **more}


def product_page(of: dict[str, str], **more: Any) -> Page:
    return html(of["title"], f"<h1>{escape(of['title'])}</h1>", head=json_ld(thing(of, **more)))


def microdata(of: dict[str, str]) -> str:
    return (
        '<div itemscope itemtype="https://schema.org/Product">'
        f'<h1 itemprop="name">{escape(of["title"])}</h1><p itemprop="description">{escape(of["description"])}</p>'
        f'<img itemprop="image" src="{of["image"]}" alt=""><meta itemprop="sku" content="{of["sku"]}">'
        f'<link itemprop="url" href="{of["url"]}">'
        '<div itemprop="offers" itemscope itemtype="https://schema.org/Offer">'
        f'<span itemprop="price" content="{of["price"]}">{of["price"]} €</span>'
        '<meta itemprop="priceCurrency" content="EUR"></div></div>'
    )


def listed(number: int, base: str) -> dict[str, str]:
    return product(f"P-{number}", f"Chair {number}", f"/listing/p/{number}", price=f"{number}9.00", base=base)


def listing(base: str, query: str) -> Page:
    number = int(parse_qs(query).get("page", ["1"])[0])
    first = (number - 1) * PRODUCTS_ON_A_PAGE + 1
    links = "".join(f'<li><a href="/listing/p/{n}">Chair {n}</a>' for n in range(first, first + PRODUCTS_ON_A_PAGE))
    following = f"/listing/?page={number + 1}"
    head, foot = (f'<link rel=next href="{following}">', f'<a rel=next href="{following}">Next</a>')
    if number >= 3:
        head = foot = ""
    return html(f"Chairs, page {number}", f"<ul>{links}</ul>{foot}", head=head)


def front(base: str, query: str) -> Page:
    shops = [path for path in PAGES if path != "/"] + ["/private/lamp"]
    return html("Shops", "<ul>" + "".join(f'<li><a href="{path}">{path}</a>' for path in shops) + "</ul>")


def graph(base: str, query: str) -> Page:
    things = [thing(product(f"G-{n}", f"Vase {n}", f"/graph/#{n}", base=base)) for n in (1, 2, 3)]
    data = {"@context": "https://schema.org", "@graph": [{"@type": "WebSite", "name": "Vases"}, *things]}
    return html("Vases", "<h1>Vases</h1>", head=json_ld(data))


def offers(base: str, query: str) -> Page:
    sofa = product("O-1", "Sofa", "/offers/", price="1.299,00 €", base=base)
    several = {"@type": "AggregateOffer", "lowPrice": sofa["price"], "highPrice": "2.000,00 €", "offerCount": 3}
    return product_page(sofa, offers=several, image=[sofa["image"], f"{base}/images/O-1-back.jpg"])


def variants(base: str, query: str) -> Page:
    rugs = [product(f"V-1-{colour}", f"Rug, {colour}", f"/variants/?colour={colour}", base=base) for colour in COLOURS]
    group = {"@context": "https://schema.org", "@type": "ProductGroup", "productGroupID": "V-1", "name": "Rug"}
    return html("Rug", "<h1>Rug</h1>", head=json_ld({**group, "hasVariant": [thing(rug) for rug in rugs]}))


COLOURS = ("red", "blue")


def markup(base: str, query: str) -> Page:
    said = "<p>Oak &amp; <b>steel</b>.</p><script>alert(1)</script><ul><li>2&nbsp;m long</ul>"
    table = product("H-1", "Table &amp; bench", "/html/", description=said, base=base)
    head = json_ld(thing(table)).replace("</script><ul>", r"<\/script><ul>")
    return html("Table & bench", "<h1>Table &amp; bench</h1>", head=head)


def broken_json(base: str, query: str) -> Page:
    bed = product("B-1", "Bed", "/broken/json", base=base)
    head = '<script type="application/ld+json">{"@type": "Product", "name": "Bed",, </script>'
    return html("Bed", microdata(bed), head=head)


def broken_tags(base: str, query: str) -> Page:
    found = microdata(product("B-2", "Bench", "/broken/tags", base=base)).removesuffix("</div></div>")
    return HTML, f"<html><table><p><div><b>{found}<p></i></td><a href=/listing/>".encode()


def latin1(base: str, query: str) -> Page:
    of = product("E-1", "Stehlampe für Zürich", "/latin1", description="Schöne Größe.", base=base)
    text = f"<html><head><title>Lampe</title></head><body>{microdata(of).replace('€', 'EUR')}</body></html>"
    return "text/html; charset=ISO-8859-1", text.encode("iso-8859-1")


def xxe(base: str, query: str) -> Page:
    """An entity from a file, one from /xxe/leak (who asks for that resolves entities), and one that explodes."""
    lamp = thing(product("XXE-1", "Lantern", "/xxe", base=base))
    bombs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    outer = f'<!ENTITY file SYSTEM "file:///etc/passwd"><!ENTITY leak SYSTEM "{base}/xxe/leak">'
    body = f'<head><title>&file;</title></head><body itemscope="">{json_ld(lamp)}<p>&file;&leak;&a9;</p></body>'
    doctype = f'<!DOCTYPE html [{outer}<!ENTITY a0 "ha">{bombs}]>'
    text = f'<?xml version="1.0"?>{doctype}<html xmlns="http://www.w3.org/1999/xhtml">{body}</html>'
    return "application/xhtml+xml", text.encode()


def fed(numbers: range, base: str) -> list[dict[str, str]]:
    return [product(f"F-{n}", f"Cup {n}", f"/cups/{n}", price=f"{n}.50", base=base) for n in numbers]


def rows(products: Iterator[dict[str, str]]) -> Iterator[bytes]:
    """A CSV, piece by piece."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for of in products:
        writer.writerow(of)
        if text.tell() > 60_000:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def many(count: int, base: str) -> Iterator[bytes]:
    return rows(product(f"N-{n}", f"Brick {n}", f"/bricks/{n}", price="0.40", base=base) for n in range(1, count + 1))


def bad_csv(base: str, query: str) -> Page:
    """Two good rows, BAD-1 and BAD-9; all that is wrong stands between them, with a quote open at the end."""
    text = (
        "\ufeffsku,title,price,image,extra\r\n"
        f"BAD-1,Good,1.00,{base}/images/1.jpg,\r\n"
        "BAD-2,,2.00,,\r\n"
        "BAD-3,No price,abc,,\r\n"
        "BAD-4,Below zero,-4.00,,\r\n"
        "BAD-5,Too few\r\n"
        "BAD-6,Too many,6.00,,,,,more\r\n"
        "\r\n"
        "BAD-7,N\0UL,7.00,,\r\n"
        f"BAD-8,{'long ' * 2000},8.00,javascript:alert(1),\r\n"
        "BAD-1,The same again,1.00,,\r\n"
        "BAD-9,Good too,9.00,,\r\n"
        'BAD-10,"Open,10.00,,\r\n'
    )
    return CSV, text.encode()


def shopify(base: str, query: str) -> Page:
    if int(parse_qs(query).get("page", ["1"])[0]) > 1:
        return JSON, b'{"products": []}'
    variant = {size: product(f"SH-1-{size}", f"Shirt, {size}", "/products/shirt", base=base) for size in ("S", "M")}
    found = [
        {"id": n, "title": size, "sku": of["sku"], "price": of["price"]} for n, (size, of) in enumerate(variant.items())
    ]
    image = {"src": variant["S"]["image"]}
    told = {"id": 1, "title": "Shirt", "handle": "shirt", "body_html": "<p>Of <i>linen</i>.</p>", "vendor": "Shirts"}
    return JSON, json.dumps({"products": [{**told, "images": [image], "variants": found}]}).encode()


def instance(base: str, query: str) -> Page:
    """As the API of service answers: seven products, in pages by cursor; the last one has no price."""
    after = int(parse_qs(query).get("cursor", ["0"])[0])
    numbers = range(after + 1, min(after + PRODUCTS_IN_AN_ANSWER, 7) + 1)
    found: list[dict[str, Any]] = []
    for n in numbers:
        of: dict[str, Any] = {"id": n, **product(f"A-{n}", f"Clock {n}", f"/api/products/{n}", base=base)}
        del of["url"]
        now = {"created_at": "2026-01-02T03:04:05.678901Z", "updated_at": "2026-01-02T03:04:05.678901Z"}
        found.append(of | {"version": 1, "applied_at": now["updated_at"], **now} | ({"price": None} if n == 7 else {}))
    following = f"{base}/api/products?cursor={numbers[-1]}" if numbers and numbers[-1] < 7 else None
    return JSON, json.dumps({"next": following, "previous": None, "results": found}).encode()


def lamp(sku: str, title: str, path: str) -> Callable[[str, str], Page]:
    return lambda base, query: product_page(product(sku, title, path, base=base))


PAGES: dict[str, Callable[[str, str], Page]] = {
    "/": front,
    "/listing/": listing,
    "/json-ld/lamp": lamp("L-1", "Desk lamp", "/json-ld/lamp"),
    "/microdata/lamp": lambda base, query: html(
        "Lamp", microdata(product("M-1", "Floor lamp", "/microdata/lamp", base=base))
    ),
    "/graph/": graph,
    "/offers/": offers,
    "/variants/": variants,
    "/html/": markup,
    "/broken/json": broken_json,
    "/broken/tags": broken_tags,
    "/empty/": lambda base, query: html("Nothing", "<p>Nothing is sold here.</p>"),
    "/latin1": latin1,
    "/xxe": xxe,
}
FEEDS: dict[str, Callable[[str, str], Page]] = {
    "/feed.csv": lambda base, query: (CSV, b"".join(rows(iter(fed(range(1, 4), base))))),
    "/feed.json": lambda base, query: (JSON, json.dumps(fed(range(4, 7), base)).encode()),
    "/bad.csv": bad_csv,
    "/shopify/products.json": shopify,
    "/api/products": instance,
}
