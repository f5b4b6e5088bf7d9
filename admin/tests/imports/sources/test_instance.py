"""The way to an instance's next page, whatever it says of it."""

import pytest
from imports.fetching.fetcher import Fetcher
from imports.sources.instance import pieces

LIST = "https://shop.example.com/api/products"
ROW = {"id": 1, "title": "Lamp", "sku": "L-1"}


@pytest.mark.parametrize("following", ["?cursor=\ud800", "http://[", 7, "", None])
def test_one_that_leads_nowhere_is_the_end(following: object) -> None:
    found = pieces({"results": [ROW], "next": following}, url=LIST, fetcher=Fetcher(), max_pages=9)
    assert [page for page, _ in found] == [1]


def test_it_stops_in_time() -> None:
    data = {"results": [ROW], "next": f"{LIST}?cursor=2"}
    found = list(pieces(data, url=LIST, fetcher=Fetcher(), max_pages=9, is_late=lambda: True))
    assert "JOBS_SECONDS" in found[-1][1].text
