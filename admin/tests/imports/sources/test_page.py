"""Pages as bytes: odd charsets, broken markup, and what would cost a parser its host's files or hours."""

import time

import pytest
from imports.sources.decoding import decoded, decoded_html
from imports.sources.page import links, parsed, related

from tests.imports.sources.pages import URL, items, notes, product, read, script

PAGE = "<html><head>{head}</head><body>Glühlampe €</body></html>"
META = '<meta charset="{}">'
HTTP_EQUIV = '<meta http-equiv="Content-Type" content="text/html; charset={}">'
BODIES = {
    "UTF-8": (PAGE.format(head="").encode(), ""),
    "UTF-8 that says so": (PAGE.format(head="").encode(), "utf-8"),
    "with a byte order mark": (b"\xef\xbb\xbf" + PAGE.format(head="").encode(), "latin-1"),
    "UTF-16 with its mark": (PAGE.format(head="").encode("utf-16"), ""),
    "Windows-1252 that says nothing": (PAGE.format(head="").encode("cp1252"), ""),
    "Windows-1252 that calls itself Latin-1": (PAGE.format(head="").encode("cp1252"), "iso-8859-1"),
    "by its meta": (PAGE.format(head=META.format("iso-8859-15")).encode("iso-8859-15"), ""),
    "by its older meta": (PAGE.format(head=HTTP_EQUIV.format("windows-1252")).encode("cp1252"), ""),
    "the header before the meta": (PAGE.format(head=META.format("koi8-r")).encode(), "utf-8"),
    "a meta that cannot be true": (PAGE.format(head=META.format("utf-16")).encode(), ""),
    "an unknown charset": (PAGE.format(head="").encode(), "klingon"),
    "no charset for texts": (PAGE.format(head="").encode(), "hex"),
    "a slow one": (PAGE.format(head="").encode(), "punycode"),
    "one with NUL": (PAGE.format(head="").encode(), "utf\0-8"),
}


@pytest.mark.parametrize("case", BODIES)
def test_letters_are_read_as_they_were_written(case: str) -> None:
    body, charset = BODIES[case]
    assert "Glühlampe €" in decoded_html(body, charset)


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert decoded(b"a\x81\xff", "utf-8") == "a\ufffd\ufffd"
    assert decoded(b"\xff\xfe\x00", "") == "\ufffd"


@pytest.mark.parametrize(
    "body", [b"", b" ", b"\0\0", b"<!-- -->", b"\xff\xfe", b"<?xml version='1.0'?>", b"x", b"<", b"\xef\xbb\xbf"]
)
def test_a_page_with_nothing_in_it_has_no_products_and_no_links(body: bytes) -> None:
    page = parsed(body, url=URL)
    assert (links(page), related(page, "next"), items(body.decode("latin-1"))) == ([], [], [])


XXE = """<?xml version="1.0"?><!DOCTYPE html [<!ENTITY xxe SYSTEM "file:///etc/passwd"><!ENTITY a "aaaa">]>
<html xmlns="http://www.w3.org/1999/xhtml"><body><div itemscope="" itemtype="http://schema.org/Product">
<span itemprop="name">Lamp &xxe;&a;</span><span itemprop="sku">X</span></div></body></html>"""


def test_entities_of_a_page_s_own_are_not_looked_up() -> None:
    page = parsed(XXE.encode(), url=URL)
    text = "".join(page.tree.itertext())
    assert "root:" not in text
    assert "aaaa" not in text


DEEP = 100_000
HOSTILE = {
    "elements without end": "<div>" * 1_000_000,
    "JSON without end": script("[" * DEEP),
    "objects without end": script('{"a":' * DEEP),
    "a graph that is its own": script({"@id": "#a", "@graph": [{"@id": "#a", "mainEntity": {"@id": "#a"}}]}),
    "a group of itself": script({"@type": "ProductGroup", "@id": "#a", "name": "x", "hasVariant": {"@id": "#a"}}),
    "items in items": '<i itemscope itemtype="http://schema.org/Product" itemprop="a">' * 10_000,
    "many properties": '<p itemscope itemtype="http://schema.org/Product">' + "<i itemprop=name>x" * 200_000,
    "many references": "<p itemscope itemref='" + "a " * 200_000 + "'><b id=a itemprop=name>" + "<i>x</i>" * 1_000,
    "an item that refers to itself": '<p id=a itemscope itemref="a b"><b id=b itemscope itemprop=x itemref=a>',
    "half a tag": "<" * 1_000_000,
    "half an attribute": '<a href="' + "x" * 1_000_000,
    "10 MB of text": "x" * 10_000_000,
    "10 MB of links": '<a href="/p">x</a>' * 550_000,
    "10 MB of JSON that is none": script('{"@type": "Product", "name": "' + "x" * 10_000_000),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_page_made_to_hurt_hurts_nobody(case: str) -> None:
    began = time.monotonic()
    found = read(HOSTILE[case])
    links(parsed(HOSTILE[case].encode(), url=URL))
    assert len(found) <= 3
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("case", ["many properties", "items in items", "many references"])
def test_too_much_microdata_is_told_before_extruct_meets_it(case: str) -> None:
    assert "too much" in notes(HOSTILE[case])[0]


def test_what_comes_before_the_broken_part_is_found() -> None:
    assert [each.sku for each in items(product(), "<div>" * 1_000)] == ["L-1"]


LINKS = """<a href="/a#x">1</a><a href="/a">2</a><a href="b?x=1">3</a><a href="mailto:a@b">4</a>
<a href="javascript:x()">5</a>
<a href="/pic.JPG?w=1">6</a><a href="/terms.pdf">7</a><a rel="nofollow" href="/cart">8</a><a href="http://[">9</a>
<a href="https://u:p@shop.example.com/">10</a><a>11</a><a href=" /c d ">12</a><a href="file:///etc/passwd">13</a>
<a href="//other.example.com/">14</a><a rel="next nofollow" href="/2">15</a><link rel=next href="/3">"""


def test_links_that_may_be_pages() -> None:
    page = parsed(LINKS.encode(), url="https://shop.example.com/list/")
    assert links(page) == [
        "https://shop.example.com/a",
        "https://shop.example.com/list/b?x=1",
        "https://shop.example.com/c%20d",
        "https://other.example.com/",
    ]
    assert related(page, "next") == ["https://shop.example.com/2", "https://shop.example.com/3"]


def test_no_more_links_are_looked_at_than_a_list_may_have() -> None:
    body = "".join(f'<a href="/{number}">x</a>' for number in range(11_000)).encode()
    assert len(links(parsed(body, url=URL))) == 10_000
