"""The copy's digests over HTTP."""

import pytest
from django.test import Client
from inbox.processor import Processor

from tests.answers import wrong
from tests.events import delivery

pytestmark = pytest.mark.django_db
DIGEST, ROWS = "/api/products/digest", "/api/products/digest/rows"
each_path = pytest.mark.parametrize("path", [DIGEST, ROWS])


@pytest.fixture
def lamps() -> None:
    Processor().process([delivery(id=id) for id in range(1, 7)])
    Processor().process([delivery("deleted", id=6, version=2)])


@pytest.mark.usefixtures("lamps")
def test_digest_and_rows_agree_and_know_no_tombstones(client: Client) -> None:
    rows = client.get(ROWS).json()["rows"]
    assert [row["id"] for row in rows] == [1, 2, 3, 4, 5]
    sums = [sum(int(row["checksum"][at : at + 8], 16) for row in rows) for at in (0, 8)]
    whole = {"after": 0, "to": None, "count": 5, "checksum": f"{sums[0]:x}-{sums[1]:x}"}
    assert client.get(DIGEST).json() == client.get(f"{DIGEST}/").json() == whole
    assert client.get(DIGEST, {"after": 1, "to": 4, "limit": 2}).json()["to"] == 3
    assert [row["id"] for row in client.get(ROWS, {"after": 1, "to": 4, "limit": 2}).json()["rows"]] == [2, 3]


@each_path
@pytest.mark.parametrize("value", ["", "-1", str(2**63), "9" * 5000, "x", "1.5", "1e3", "\x00", "\u00b2"])
@pytest.mark.parametrize("name", ["after", "to", "limit"])
def test_a_number_that_is_none_is_a_400_that_names_it(client: Client, path: str, name: str, value: str) -> None:
    answer = client.get(path, {name: value})
    assert list(wrong(answer)) == [name]


@pytest.mark.parametrize(("path", "limit"), [(DIGEST, 0), (ROWS, 0), (DIGEST, 10_001), (ROWS, 501)])
def test_a_page_has_its_limit(client: Client, path: str, limit: int) -> None:
    assert client.get(path, {"limit": limit}).status_code == 400
