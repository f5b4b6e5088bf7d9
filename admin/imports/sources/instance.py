"""Another Lockstep's products, page by page as its API lists them."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from jobs.errors import Refused

from imports.fetching.fetcher import Fetcher
from imports.items import Unusable
from imports.sources import json_feed
from imports.sources.decoding import decoded
from imports.sources.making import Draft, Note, Piece, made

ITS_OWN = {"id", "title", "version"}  # what each product of its list has
PAGE_SIZE = "500"  # the most it gives


def is_list(data: Any) -> bool:
    return (
        isinstance(data, dict)
        and {"next", "previous", "results"} <= data.keys()
        and isinstance(data["results"], list)
        and all(isinstance(each, dict) and each.keys() >= ITS_OWN for each in data["results"])
    )


def pieces(
    data: Any, *, url: str, fetcher: Fetcher, max_pages: int, is_late: Callable[[], bool] = lambda: False
) -> Iterator[tuple[int, Piece]]:
    """From its page at `url` to the last one, with the number of pages read. Raises Refused, Later."""
    read = 1
    seen = {url}
    while True:
        yield from ((read, piece) for product in data["results"] for piece in _of_product(product, url))
        following = _next(data["next"], url)
        if following is None or following in seen:
            return
        if is_late():
            yield read, Note(f"Stopped after {read:,} pages, as the time is nearly over (JOBS_SECONDS): there are more")
            return
        if read >= max_pages:
            yield read, Note(f"Stopped after {read:,} pages, as many as this import may read: there are more")
            return
        seen.add(following)
        answer = fetcher.get(following, accept="application/json")
        data = json_feed.loaded(decoded(answer.body, answer.charset), name=following)
        if not is_list(data):
            raise Refused(f"{following} is no list of products any more, though the page before it was one.")
        read += 1


def _of_product(product: dict[str, Any], url: str) -> Iterator[Piece]:
    """With a URL of its own, so that it is found again without a sku."""
    number = product["id"]
    own = f"{_without_query(url)}/{number}"
    if isinstance(number, bool) or not isinstance(number, int):
        yield Unusable(where=url, reason=f"its id {str(number)[:50]!r} is no number")
        return
    draft = Draft(
        title=product["title"],
        description=product.get("description"),
        prices=[product.get("price")],
        image=product.get("image"),
        sku=product.get("sku"),
        url=own,
    )
    yield from made(draft, where=own, base=url)


def _next(said: Any, url: str) -> str | None:
    """Of its link the query alone: behind a proxy its host may be one that is known inside only, and no link leads us
    to another host."""
    if not isinstance(said, str) or not said:
        return None
    try:
        asked = dict(parse_qsl(urlsplit(said).query)) | {"page_size": PAGE_SIZE}
        return f"{_without_query(url)}?{urlencode(asked)}"
    except ValueError:  # a lone surrogate among them
        return None


def _without_query(url: str) -> str:
    return urlsplit(url)._replace(query="").geturl().rstrip("/")
