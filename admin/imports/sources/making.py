"""Items out of what a page or a feed says, in whatever shape it says it."""

from collections.abc import Iterator
from typing import Any

import msgspec

from imports.items import Item, Unusable
from imports.sources import price as prices
from imports.sources.addresses import absolute
from imports.sources.text import first, line, plain

LONGEST_IMAGE = 500  # as the catalogue has it
NO_IDENTITY = "it has neither a sku nor a URL of its own, so the next import would double it"


class Note(msgspec.Struct, frozen=True):
    """What a reader of the job's log should know, though no product is lost by it."""

    text: str
    is_warning: bool = True


Piece = Item | Unusable | Note


class Draft(msgspec.Struct, kw_only=True):
    """A product as it stands there: texts, numbers, lists and objects. None: not said."""

    title: Any = None
    description: Any = None
    prices: list[Any] = []  # the lowest counts
    image: Any = None
    sku: Any = None
    url: Any = None


def made(draft: Draft, *, where: str, base: str = "") -> Iterator[Piece]:
    """The item, or why there is none; `base` is what its URLs are seen from."""
    title = line(first(draft.title, "@value", "name") or "") or None
    sku, url = first(draft.sku, "@value", "value"), absolute(first(draft.url, "@id", "url"), base)
    if not sku and not url:
        yield Unusable(where=where, reason=NO_IDENTITY)
        return
    try:
        price = prices.lowest(draft.prices)
    except prices.Unreadable as error:
        yield Unusable(where=where, reason=str(error))
        return
    said = first(draft.image, "url", "contentUrl", "src", "@id", "@value")
    image = absolute(said, base)
    if said and (image is None or len(image) > LONGEST_IMAGE):
        wanted = f"an http or https URL of at most {LONGEST_IMAGE} characters"
        yield Note(f"{where}: the image is left out, since {said[:50]!r} is not {wanted}")
        image = None
    description = plain(first(draft.description, "@value") or "") or None
    yield Item(where=where, title=title, description=description, price=price, image=image, sku=sku, url=url)
