"""Several shops' markup, and the products that it means."""

from decimal import Decimal
from typing import Any

import pytest

from tests.imports.sources.pages import URL, item, items, notes, product, read, reasons

MICRODATA = """<div itemscope itemtype="{type}"><h1 itemprop="name">Micro <b>lamp</b></h1>{more}
<img itemprop="image" src="/micro.jpg"><div itemprop="description">Small &amp; <i>bright</i>.<script>x()</script></div>
<div itemprop="offers" itemscope itemtype="http://schema.org/Offer"><span itemprop="price">29,90 €</span></div></div>"""
SKU = '<span itemprop="sku">M-1</span>'


def microdata(*, kind: str = "http://schema.org/Product", more: str = SKU) -> str:
    return MICRODATA.format(type=kind, more=more)


def skus(*parts: Any) -> list[str | None]:
    return [each.sku for each in items(*parts)]


PLACES = {
    "by itself": product(),
    "with the whole type": product(**{"@type": "http://schema.org/Product"}),
    "with the type of today": product(**{"@type": "https://schema.org/Product"}),
    "with a prefix": product(**{"@type": "schema:Product"}),
    "of several types": product(**{"@type": ["Thing", "Product"]}),
    "in a list": [product()],
    "in a graph": {"@graph": [{"@type": "WebSite", "name": "Shop"}, product()]},
    "in a page's main entity": {"@type": "ItemPage", "mainEntity": product()},
    "in a list of entries": {
        "@type": "ItemList",
        "itemListElement": [{"@type": "ListItem", "position": 1, "item": product()}],
    },
    "in a list of lists": {
        "@type": "CollectionPage",
        "mainEntity": {"@type": "ItemList", "itemListElement": [{"item": product()}]},
    },
    "named elsewhere in the graph": {
        "@graph": [{"@type": "ItemPage", "mainEntity": {"@id": "#lamp"}}, product(**{"@id": "#lamp"})]
    },
}


@pytest.mark.parametrize("place", PLACES)
def test_a_product_is_found_wherever_it_stands(place: str) -> None:
    assert (item(PLACES[place]).sku, item(PLACES[place]).title) == ("L-1", "Lamp")


NO_PRODUCTS = {
    "another type": {"@type": "Organization", "name": "Shop", "url": "https://shop.example.com"},
    "no type": {"name": "Lamp", "sku": "L-1"},
    "a text": '"Product"',
    "a type in a type": {"@type": {"@type": "Product"}},
    "null": "null",
    "numbers": "[1, 2.5, null, true]",
}


@pytest.mark.parametrize("what", NO_PRODUCTS)
def test_what_is_no_product_gives_nothing(what: str) -> None:
    assert read(NO_PRODUCTS[what]) == []


def test_products_that_are_only_mentioned_are_none_of_the_page() -> None:
    related = product(sku="R-1", name="Related")
    assert skus(product(isRelatedTo=related, isSimilarTo=[related], review={"itemReviewed": related})) == ["L-1"]


PRICES: dict[str, tuple[Any, str | None]] = {
    "an offer": ({"price": "19.90"}, "19.90"),
    "a number": ({"price": 19.9}, "19.90"),
    "a whole number": ({"price": 20}, "20.00"),
    "nothing": ({"price": 0}, "0.00"),
    "as people write it": ({"price": "1.299,00 €"}, "1299.00"),
    "offers": ([{"price": "30.00"}, {"price": "25.00"}], "25.00"),
    "offers in two currencies": (
        [{"price": "30", "priceCurrency": "EUR"}, {"price": "25", "priceCurrency": "USD"}],
        "30.00",
    ),
    "a range": ({"@type": "AggregateOffer", "lowPrice": 10, "highPrice": 20}, "10.00"),
    "a range of offers": ({"@type": "AggregateOffer", "offers": [{"price": 12}]}, "12.00"),
    "a specification": ({"priceSpecification": {"price": "7.50"}}, "7.50"),
    "a crossed out one": (
        {
            "priceSpecification": [
                {"priceType": "https://schema.org/ListPrice", "price": 9},
                {"price": 8},
            ]
        },
        "8.00",
    ),
    "none": ([], None),
    "an empty one": ({"price": ""}, None),
    "one that is null": ({"price": None}, None),
}  # fmt: skip


@pytest.mark.parametrize("case", PRICES)
def test_prices_of_offers(case: str) -> None:
    offers, price = PRICES[case]
    assert item(product(offers=offers)).price == (None if price is None else Decimal(price))


@pytest.mark.parametrize("price", ["on request", "-5", -5, "1e400", "NaN", 1e12, "10 - 20", [["deep"]], "9" * 5000])
def test_a_price_that_cannot_be_read_is_told_and_the_product_left_out(price: Any) -> None:
    (reason,) = reasons(product(offers={"price": price}))
    assert "price" in reason
    assert not items(product(offers={"price": price}))


IMAGES: dict[str, tuple[Any, str | None]] = {
    "a text": ("https://i.example.com/a.jpg", "https://i.example.com/a.jpg"),
    "a path": ("/a.jpg", "https://shop.example.com/a.jpg"),
    "without a scheme": ("//i.example.com/a.jpg", "https://i.example.com/a.jpg"),
    "a list": (["/a.jpg", "/b.jpg"], "https://shop.example.com/a.jpg"),
    "an object": ({"@type": "ImageObject", "url": "/a.jpg"}, "https://shop.example.com/a.jpg"),
    "an object's content": ([{"contentUrl": "/a.jpg"}], "https://shop.example.com/a.jpg"),
    "with a space": ("/my lamp.jpg", "https://shop.example.com/my%20lamp.jpg"),
    "none": ([], None),
}


@pytest.mark.parametrize("case", IMAGES)
def test_images(case: str) -> None:
    said, image = IMAGES[case]
    assert item(product(image=said)).image == image


@pytest.mark.parametrize(
    "image", ["data:image/png;base64,AAAA", "javascript:alert(1)", "/x" * 300, "http://[", "ftp://a/b"]
)
def test_an_image_that_is_none_is_left_out_with_a_note(image: str) -> None:
    assert [each.image for each in items(product(image=image))] == [None]
    assert "image" in notes(product(image=image))[0]


def test_a_number_is_a_sku_and_a_truth_value_is_none() -> None:
    assert item(product(sku=1234)).sku == "1234"
    assert item(product(sku=True)).sku is None


URLS: dict[str, tuple[Any, str]] = {
    "relative": ("/p/1#top", "https://shop.example.com/p/1"),
    "another page": ("https://shop.example.com/p/1?colour=red", "https://shop.example.com/p/1?colour=red"),
    "in capital letters": ("HTTPS://Shop.Example.com:443/p", "https://shop.example.com/p"),
    "the page, for want of one": (None, URL),
    "the page, for want of a good one": ("javascript:alert(1)", URL),
}


@pytest.mark.parametrize("case", URLS)
def test_urls(case: str) -> None:
    said, url = URLS[case]
    assert item(product(url=said)).url == url


def test_several_products_without_sku_and_url_would_be_doubled_by_the_next_import() -> None:
    assert (
        reasons(product(sku=None), product(sku=None, name="Chair"))
        == ["it has neither a sku nor a URL of its own, so the next import would double it"] * 2
    )


def test_a_variant_has_what_its_group_has() -> None:
    red, blue = product(name=None, sku="S-R", offers={"price": 20}), product(name="Blue shirt", sku="S-B")
    group = {
        "@type": "ProductGroup",
        "name": "Shirt",
        "description": "Soft.",
        "image": "/s.jpg",
        "hasVariant": [red, blue],
    }
    found = [(each.sku, each.title, each.description, each.image) for each in items(group)]
    image = "https://shop.example.com/s.jpg"
    assert found == [("S-R", "Shirt", "Soft.", image), ("S-B", "Blue shirt", "Soft.", image)]


def test_variants_that_stand_elsewhere_in_the_graph_inherit_too() -> None:
    variant = {"@type": "Product", "@id": "#r", "sku": "S-R", "name": "Red"}
    group = {"@type": "ProductGroup", "name": "Shirt", "description": "Soft.", "hasVariant": [{"@id": "#r"}]}
    assert [(each.sku, each.title, each.description) for each in items({"@graph": [variant, group]})] == [
        ("S-R", "Red", "Soft.")
    ]


def test_a_group_whose_variants_are_links_is_a_product() -> None:
    group = {"@type": "ProductGroup", "name": "Shirt", "sku": "S", "hasVariant": [{"url": "/red"}, {"url": "/blue"}]}
    assert skus(group) == ["S"]


def test_an_offer_sells_what_stands_in_it() -> None:
    catalog = {"@type": "OfferCatalog", "itemListElement": [{"@type": "Offer", "price": 5, "itemOffered": product()}]}
    assert item(catalog).price == Decimal(5)


def test_microdata_means_the_same() -> None:
    found = item(microdata())
    assert (found.sku, found.title, found.description) == ("M-1", "Micro lamp", "Small & bright.")
    assert (found.price, found.image) == (Decimal("29.90"), "https://shop.example.com/micro.jpg")


def test_one_product_in_both_syntaxes_is_one_and_has_what_either_says() -> None:
    found = item(product(sku="M-1", name="Lamp"), microdata())
    assert (found.title, found.price) == ("Lamp", Decimal("29.90"))


def test_the_same_name_in_both_syntaxes_is_one_too() -> None:
    assert item(product(sku="M-1", name="Micro lamp"), microdata(more="")).sku == "M-1"


def test_the_same_name_with_another_sku_is_another_product() -> None:
    assert skus(product(sku="M-2", name="Micro lamp"), microdata()) == ["M-2", "M-1"]


def test_variants_with_one_url_and_several_skus_are_several() -> None:
    assert skus(product(sku="A", url="/p"), product(sku="B", url="/p")) == ["A", "B"]


def test_a_broken_block_takes_no_other_with_it() -> None:
    parts = ['<script type="application/ld+json">{"@type": "Product",</script>', product(), microdata()]
    assert skus(*parts) == ["L-1", "M-1"]
    assert "JSON-LD block 1" in notes(*parts)[0]


@pytest.mark.parametrize("kind", ["application/ld+json; charset=utf-8", "Application/LD+JSON"])
def test_a_script_s_type_may_be_written_otherwise(kind: str) -> None:
    block = f'<script type="{kind}">{{"@type": "Product", "sku": "T", // a comment\n "name": "Lamp",}}</script>'
    assert skus(block) == ["T"]


BASE = '<base href="https://other.example.com/shop/">'


def test_links_are_seen_from_the_page_s_base() -> None:
    assert item(BASE, product(url="p")).url == "https://other.example.com/shop/p"


def test_two_products_of_one_name_in_one_syntax_are_two() -> None:
    assert len(items(product(sku="A"), product(sku=None, url="/b"))) == 2
