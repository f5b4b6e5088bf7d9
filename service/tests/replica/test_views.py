from base64 import b64encode
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from django.utils import timezone
from inbox.processor import Processor

from tests.answers import wrong
from tests.events import delivery, product

pytestmark = pytest.mark.django_db


def apply(*args: Any, **kwargs: Any) -> None:
    Processor().process([delivery(*args, **kwargs)])


@pytest.fixture
def many() -> None:
    Processor().process([delivery("created", id=id) for id in range(1, 121)])


@pytest.mark.parametrize("path", ["/api/products/1", "/api/products/1/"])
def test_a_product_is_shown_as_its_event_says_with_the_time_of_its_arrival(client: Client, path: str) -> None:
    before = timezone.now()
    apply(version=3, title="Lämp 💡")
    shown = client.get(path)
    assert shown.status_code == 200
    assert shown["Content-Type"] == "application/json"
    contents = shown.json()
    applied_at = contents.pop("applied_at")
    assert contents == product(version=3, title="Lämp 💡")
    assert f"{before:%Y-%m-%dT%H:%M:%S.%fZ}" <= applied_at <= f"{timezone.now():%Y-%m-%dT%H:%M:%S.%fZ}"


@pytest.mark.parametrize(
    "changes",
    [
        {"price": None, "sku": None, "image": "", "description": ""},
        {"price": "0.00"},
        {"price": "9999999999.99"},
        {"created_at": "2026-01-02T03:04:05.000000Z", "updated_at": "2999-12-31T23:59:59.999999Z"},
        {"id": 2**63 - 1, "version": 2**63 - 1},
    ],
)
def test_list_and_detail_show_what_the_event_says(client: Client, changes: dict[str, Any]) -> None:
    apply(**changes)
    wanted = product(**changes)
    detail = client.get(f"/api/products/{wanted['id']}").json()
    assert detail.items() >= wanted.items()
    assert client.get("/api/products").json()["results"] == [detail]


def test_a_deleted_product_is_gone_with_its_version_and_not_listed(client: Client) -> None:
    apply("created", id=1)
    apply("created", id=2)
    apply("deleted", id=1, version=2)
    answer = client.get("/api/products/1")
    assert (answer.status_code, answer.json()["code"]) == (410, "deleted")
    assert answer.json()["version"] == 2
    assert answer.json()["deleted_at"].endswith("Z")
    assert client.get("/api/products/1?min_version=9").status_code == 410, "there will be no other version"
    listed = client.get("/api/products").json()
    assert [row["id"] for row in listed["results"]] == [2]


@pytest.mark.parametrize("id", ["2", "0", "9" * 30, "9" * 5000])
def test_an_unknown_product_is_404_in_json(client: Client, id: str) -> None:
    apply("created")
    answer = client.get(f"/api/products/{id}")
    assert answer.status_code == 404
    assert "detail" in answer.json()


def test_a_version_that_is_there_is_shown_at_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replica.views.WAIT_SECONDS", 0)
    apply(version=3)
    for wanted in (1, 3):
        assert client.get(f"/api/products/1?min_version={wanted}").json()["version"] == 3


@pytest.mark.parametrize("has", ["nothing", "version 3"])
def test_a_version_that_does_not_come_is_a_503_after_a_while(
    client: Client, monkeypatch: pytest.MonkeyPatch, has: str
) -> None:
    monkeypatch.setattr("replica.views.WAIT_SECONDS", 0.1)
    if has != "nothing":
        apply(version=3)
    answer = client.get("/api/products/1?min_version=4")
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "behind", "1")
    assert has in answer.json()["detail"]


@pytest.mark.django_db(transaction=True)
def test_a_version_that_is_on_its_way_is_waited_for(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """It arrives while the caller waits, at the third look."""
    looks: list[int] = []

    def look(seconds: float) -> None:
        looks.append(1)
        if len(looks) == 3:
            apply(version=4)

    monkeypatch.setattr("replica.views.time.sleep", look)
    assert client.get("/api/products/1?min_version=4").json()["version"] == 4
    apply("deleted", version=5)
    assert client.get("/api/products/1?min_version=5").status_code == 410


@pytest.mark.parametrize("value", ["0", "-1", "x", "", "1.5", str(2**63), "9" * 5000, "\x00"])
def test_a_version_that_is_none_is_a_400_that_names_it(client: Client, value: str) -> None:
    apply()
    assert list(wrong(client.get("/api/products/1", {"min_version": value}))) == ["min_version"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"title": "LAMP"}, [1, 3]),
        ({"price_max": "5"}, [2]),
        ({"search": "tern s-2"}, [2]),
        ({"ordering": "-price"}, [1, 2, 3]),
        ({"ordering": "price"}, [3, 2, 1]),
        ({"sku": "s-9"}, []),
    ],
    ids=str,
)
def test_lists_are_narrowed_down_and_ordered_as_admins(client: Client, query: dict[str, str], found: list[int]) -> None:
    for id, title, price in ((1, "Lamp", "9.50"), (2, "Lantern", "4.00"), (3, "lamp", None)):
        apply("created", id=id, title=title, price=price, sku=f"s-{id}")
    results = client.get("/api/products", query).json()["results"]
    assert [row["id"] for row in results] == found
    assert results == [client.get(f"/api/products/{id}").json() for id in found]


@pytest.mark.parametrize("id", ["-1", "1.0", "x", "01x", "%00", "%D9%A1", "1/x"])
def test_what_is_no_id_is_404(client: Client, id: str) -> None:
    apply("created")
    assert client.get(f"/api/products/{id}").status_code == 404


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("path", ["/api/products", "/api/products/"])
def test_the_list_comes_in_pages_in_order_of_id(client: Client, path: str) -> None:
    url: str | None = path
    seen: list[int] = []
    sizes = []
    while url:
        page = client.get(url).json()
        seen += [row["id"] for row in page["results"]]
        sizes.append(len(page["results"]))
        url = page["next"]
    assert seen == list(range(1, 121))
    assert sizes == [50, 50, 20]
    before = client.get(page["previous"]).json()
    assert [row["id"] for row in before["results"]] == list(range(51, 101))


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(("size", "count"), [("1", 1), ("120", 120), ("500", 120), ("100000000", 120)])
def test_the_size_of_a_page_can_be_chosen_within_bounds(client: Client, size: str, count: int) -> None:
    assert len(client.get(f"/api/products?page_size={size}").json()["results"]) == count


@pytest.mark.parametrize("query", ["page_size=0", "page_size=x", "price_min=", "updated_since="])
def test_a_question_that_cannot_be_meant_is_refused_by_name(client: Client, query: str) -> None:
    assert list(wrong(client.get(f"/api/products?{query}"))) == [query.partition("=")[0]]


def test_a_page_holds_500_products_at_most(client: Client) -> None:
    Processor().process([delivery("created", id=id) for id in range(1, 502)])
    assert len(client.get("/api/products?page_size=501").json()["results"]) == 500


@pytest.mark.parametrize("text", ["p=x", "p=-1", "p=", "o=-1"])
def test_a_cursor_that_is_made_up_is_404(client: Client, text: str) -> None:
    assert client.get("/api/products", {"cursor": b64encode(text.encode()).decode()}).status_code == 404


def test_a_page_costs_one_statement_however_deep(client: Client, django_assert_num_queries: Any) -> None:
    cursor = b64encode(b"p=999999").decode()
    with django_assert_num_queries(1):
        assert client.get("/api/products", {"cursor": cursor}).json()["results"] == []


def test_an_empty_copy_is_an_empty_list(client: Client) -> None:
    assert client.get("/api/products").json() == {"next": None, "previous": None, "results": []}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["/api/products", "/api/products/1", "/api/products/1/"])
def test_the_copy_cannot_be_written(client: Client, method: str, path: str) -> None:
    apply("created")
    before = client.get("/api/products").json()
    answer = getattr(client, method)(path, data='{"title": "Mine"}', content_type="application/json")
    assert answer.status_code == 405
    assert client.get("/api/products").json() == before


@pytest.mark.parametrize("error", [OperationalError(2006, "gone"), InterfaceError("closed")])
def test_a_database_that_does_not_answer_is_503_in_json(client: Client, error: Exception) -> None:
    def fail(*_: Any) -> None:
        raise error

    with connection.execute_wrapper(fail):
        answer = client.get("/api/products")
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "Try again" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/api/products/1", "/api/products"])
def test_who_has_the_answer_already_is_told_so(client: Client, path: str) -> None:
    apply("created")
    etag = client.get(path)["ETag"]
    again = client.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    apply("updated", version=2)
    changed = client.get(path, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed["ETag"] != etag


def test_a_stranger_is_not_waited_for(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.IS_OPEN, settings.PUBLIC_READ = False, True
    monkeypatch.setattr("replica.views.time.sleep", lambda _: pytest.fail("it waits"))
    assert client.get("/api/products/1?min_version=1").status_code == 503
