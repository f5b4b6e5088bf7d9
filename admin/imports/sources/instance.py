"""Another instance of Lockstep: its list of products, page by page."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from jobs.runs import Run

from imports.fetching.fetcher import Fetcher
from imports.items import Item, Unusable
from imports.sources.item import made
from imports.sources.json_feed import parsed

JSON = "application/json"


def is_page(data: Any) -> bool:
    """As our own lists are answered."""
    return isinstance(data, Mapping) and isinstance(data.get("results"), list) and "next" in data


def products(data: Any, *, url: str, run: Run, fetcher: Fetcher, most_pages: int) -> Iterator[Item | Unusable]:
    """From the page that was read on, to the last one."""
    done = 0
    for number in range(1, most_pages + 1):
        for row in data["results"]:
            yield _product(row, url=url)
            done += 1
        run.progress(done, None, f"reading {url}")
        following = data["next"]
        if not following:
            return
        if number == most_pages:
            run.note(f"More than {most_pages:,} pages: the rest is left out (max_pages).", "warning")
            return
        url = _next(str(following), url)
        answer = fetcher.get(url, accept=JSON)
        data = parsed(answer.body.decode(errors="replace"), name=url)
        if not is_page(data):
            yield Unusable(where=url, reason="It is no page of the list any more.")
            return


def _product(row: Any, *, url: str) -> Item | Unusable:
    if not isinstance(row, Mapping) or not isinstance(row.get("id"), int):
        return Unusable(where=url, reason="It holds something that is no product.")
    own = f"{urlsplit(url).path.rstrip('/')}/{row['id']}"
    return made({**row, "url": own}, where=f"product {row['id']} of {url}", base=url)


def _next(following: str, url: str) -> str:
    """On the host that was asked for: behind a proxy an instance may know itself by another name."""
    there = urlsplit(urljoin(url, following))
    return urlsplit(url)._replace(path=there.path, query=there.query).geturl()
