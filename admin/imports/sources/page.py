"""A page of a website, parsed so that it reads nothing else: no entities, no DTD, no network."""

import re
from typing import Any
from urllib.parse import urljoin

import msgspec

from imports.sources.addresses import absolute
from imports.sources.decoding import decoded_html

MOST_LINKS = 10_000  # of a page
# By the end of the path; what links to these is no page.
OTHER_FILES = re.compile(
    r"\.(jpe?g|png|gif|webp|svg|ico|avif|bmp|tiff?|pdf|zip|gz|tgz|rar|7z|exe|dmg|docx?|xlsx?|pptx?|odt|ods|css|js|mjs|json"
    r"|csv|xml|rss|atom|txt|mp[34]|m4[av]|avi|mov|webm|ogg|wav|woff2?|ttf|eot)$",
    re.IGNORECASE,
)


class Page(msgspec.Struct, frozen=True):
    url: str  # "" for a page in a file
    base: str  # what its links are seen from
    tree: Any  # lxml's; None where the page is empty


def parsed(body: bytes, *, url: str = "", charset: str = "") -> Page:
    """Never fails: broken markup is mended as browsers do. What is nested deeper than 256 elements is left out."""
    from lxml import etree, html

    text = decoded_html(body, charset).replace("\0", "")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False)
    try:
        tree = etree.fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.XMLSyntaxError:
        tree = None
    return Page(url, _base(tree, url), tree)


def related(page: Page, how: str) -> list[str]:
    """What it calls next or prev: the pages of a list that is too long for one."""
    if page.tree is None:
        return []
    asked = f"//*[self::a or self::link][@href][contains(concat(' ', normalize-space(@rel), ' '), ' {how} ')]"
    return _urls(page, asked)


def links(page: Page) -> list[str]:
    """What it links to that may be a page, each once; without what its author says not to follow."""
    if page.tree is None:
        return []
    asked = "//a[@href][not(contains(concat(' ', normalize-space(@rel), ' '), ' nofollow '))]"
    return [url for url in _urls(page, asked) if not OTHER_FILES.search(url.partition("?")[0])]


def _urls(page: Page, asked: str) -> list[str]:
    said = list(dict.fromkeys(link.get("href") for link in page.tree.xpath(asked)))
    found = (absolute(href, page.base) for href in said[:MOST_LINKS])
    return list(dict.fromkeys(url for url in found if url))


def _base(tree: Any, url: str) -> str:
    said = tree.xpath("string((//base/@href)[1])") if tree is not None else ""
    try:
        return urljoin(url, said.strip()) if said else url
    except ValueError:
        return url
