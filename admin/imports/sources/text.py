"""What a shop writes, as the plain text that the catalogue keeps."""

import functools
import html
import re
from typing import Any

LONGEST = 200_000  # characters that are looked at: far more than a description may have
DEEPEST = 5  # lists in lists in objects, on the way to a text
TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
# Control characters, and halves of surrogate pairs, which JSON can spell and no database takes.
UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")


def first(value: Any, *names: str, depth: int = DEEPEST) -> str | None:
    """The first text or number in `value`, which may be a list, or an object that holds it under one of `names`."""
    if isinstance(value, list | dict):
        inner = value if isinstance(value, list) else [value.get(name) for name in names]
        found = (first(each, *names, depth=depth - 1) for each in inner) if depth else iter(())
        return next((text for text in found if text), None)
    if value is None or isinstance(value, bool) or value != value:  # NaN is what is missing, to some
        return None
    return UNWANTED.sub("", str(value)).strip() or None


def plain(value: str) -> str:
    """Without markup, scripts and control characters; entities decoded; paragraphs kept as lines.

    Shops escape the markup of their descriptions as often as not, so what only the entities turn into tags is markup.
    """
    return _plain(value[:LONGEST])


@functools.lru_cache(maxsize=32)  # variants share their group's description; what is kept is no longer than LONGEST
def _plain(text: str) -> str:
    if not TAG.search(text):
        text = ENTITY.sub(lambda found: html.unescape(found[0]), text)
    if TAG.search(text):
        text = _without_markup(text)
    text = UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip()


def line(value: str) -> str:
    """The same, all in one line."""
    return " ".join(plain(value).split())


def _without_markup(text: str) -> str:
    from html_text import extract_text  # takes its time to import, and only imports of such texts need it

    found: str = extract_text(text)
    return found
