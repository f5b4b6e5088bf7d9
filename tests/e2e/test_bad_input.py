"""Whatever a stranger sends, admin answers 400 with JSON that says why, stores nothing and goes on."""

import pytest

from tests.e2e.client import Answer
from tests.e2e.stacks import Stack

DEEP = 100_000
NOT_A_PRODUCT = {
    "empty body": b"",
    "not JSON": b"title=Lamp",
    "cut off": b'{"title": "Lamp"',
    "two documents": b'{"title": "Lamp"}{"title": "Lamp"}',
    "not UTF-8": b'{"title": "L\xe4mp"}',
    "UTF-16": '{"title": "Lamp"}'.encode("utf-16"),
    "raw NUL": b'{"title": "La\x00mp"}',
    "deep list": b"[" * DEEP,
    "deep closed list": b"[" * DEEP + b"]" * DEEP,
    "deep object": b'{"title":' * DEEP + b"1" + b"}" * DEEP,
    "null": b"null",
    "list of a number": b"[5]",
    "text": b'"Lamp"',
    "number": b"1",
    "price NaN": b'{"title": "Lamp", "price": NaN}',
    "price infinite": b'{"title": "Lamp", "price": -Infinity}',
    "number of 5,000 digits": b'{"title": "Lamp", "price": ' + b"9" * 5_000 + b"}",
}
BAD_FIELDS: dict[str, tuple[str, object]] = {
    "empty title": ("title", ""),
    "blank title": ("title", "  "),
    "no title": ("title", None),
    "title is a list": ("title", ["Lamp"]),
    "title is an object": ("title", {"en": "Lamp"}),
    "title is a truth": ("title", True),
    "title with NUL": ("title", "La\x00mp"),
    "title with lone surrogate": ("title", "La\ud800mp"),
    "title of 201 characters": ("title", "t" * 201),
    "title of a megabyte": ("title", "t" * 1_000_000),
    "description with NUL": ("description", "\x00"),
    "description with lone surrogate": ("description", "\udfff"),
    "description of 10,001 characters": ("description", "d" * 10_001),
    "description is null": ("description", None),
    "negative price": ("price", "-0.01"),
    "negative number": ("price", -1),
    "price is a word": ("price", "cheap"),
    "price is a list": ("price", [1]),
    "price is a truth": ("price", True),
    "price of three decimals": ("price", "1.001"),
    "price one too large": ("price", "10000000000.00"),
    "price of 10^30": ("price", 10**30),
    "price of 1e400 as text": ("price", "1e400"),
    "price of 5,000 digits as text": ("price", "9" * 5_000),
    "price NaN": ("price", "NaN"),
    "price infinite": ("price", "Infinity"),
    "image is no URL": ("image", "lamp.png"),
    "image is a script": ("image", "javascript:alert(1)"),
    "image with NUL": ("image", "https://example.com/\x00"),
    "image with lone surrogate": ("image", "https://example.com/\ud800"),
    "image of 501 characters": ("image", "https://example.com/" + "i" * 481),
    "sku with NUL": ("sku", "L\x00"),
    "sku with lone surrogate": ("sku", "\ud800"),
    "sku of 65 characters": ("sku", "s" * 65),
}


def assert_refused(answer: Answer, field: str = "") -> None:
    """400, and each complaint is a text with the place of its field."""
    assert answer.status == 400, answer.body[:300]
    assert answer.json["detail"]
    if field:
        assert {error["pointer"] for error in answer.json["errors"]} == {f"#/{field}"}
        assert all(error["detail"] for error in answer.json["errors"])


@pytest.mark.parametrize("body", NOT_A_PRODUCT.values(), ids=NOT_A_PRODUCT)
def test_what_is_no_product_is_refused(stack: Stack, body: bytes) -> None:
    before = stack.admin.count()
    assert_refused(stack.admin.request("POST", "/api/products", body))
    assert stack.admin.count() == before
    assert stack.admin.get("/api/products").json["results"] is not None


@pytest.mark.parametrize(("field", "value"), BAD_FIELDS.values(), ids=BAD_FIELDS)
def test_a_bad_field_is_refused_by_name_and_changes_nothing(stack: Stack, field: str, value: object) -> None:
    product = stack.admin.create(title="Lamp", price="19.90")
    before = stack.admin.count()
    path = f"/api/products/{product['id']}"
    assert_refused(stack.admin.request("POST", "/api/products", {"title": "Lamp", field: value}), field)
    assert_refused(stack.admin.request("PUT", path, {"title": "Lamp", field: value}), field)
    assert_refused(stack.admin.request("PATCH", path, {field: value}), field)
    assert stack.admin.product(product["id"]) == product
    assert stack.admin.count() == before


def test_a_missing_title_is_refused_by_name(stack: Stack) -> None:
    assert_refused(stack.admin.request("POST", "/api/products", {"price": "19.90"}), "title")


def test_each_bad_field_gets_its_own_message(stack: Stack) -> None:
    answer = stack.admin.request("POST", "/api/products", {"title": "", "price": "-1", "image": "lamp"})
    assert_refused(answer)
    assert {error["pointer"] for error in answer.json["errors"]} == {"#/title", "#/price", "#/image"}


def test_a_sku_is_given_to_one_product_only(stack: Stack) -> None:
    first = stack.admin.create(title="Lamp")
    sku = f"unique-{first['id']}"
    stack.admin.patch(first["id"], sku=sku)
    assert_refused(stack.admin.request("POST", "/api/products", {"title": "Lamp", "sku": sku}), "sku")


def test_a_body_that_is_too_large_is_refused_with_json(stack: Stack) -> None:
    answer = stack.admin.request("POST", "/api/products", {"title": "Lamp", "description": "d" * 5_000_000})
    assert answer.status == 413
    assert isinstance(answer.json, dict)


def test_what_is_admins_to_give_cannot_be_set(stack: Stack) -> None:
    product = stack.admin.create(title="Lamp", id=1, version=7, created_at="1999-01-01T00:00:00Z")
    assert product["version"] == 1
    assert product["created_at"] > "2020"


@pytest.mark.parametrize("side", ["admin", "service"])
@pytest.mark.parametrize(
    "path",
    [f"/api/products/{10**30}", f"/api/products/{2**63}", "/api/products/0", "/api/products/none", "/nothing"],
    ids=["10^30", "2^63", "0", "word", "elsewhere"],
)
def test_an_address_of_nothing_is_answered_404(stack: Stack, side: str, path: str) -> None:
    answer = getattr(stack, side).get(path)
    assert (answer.status, answer.json["status"]) == (404, 404)


@pytest.mark.parametrize("side", ["admin", "service"])
@pytest.mark.parametrize("query", ["cursor=0", f"cursor={10**30}", "cursor=cD14", "cursor=-1"])
def test_a_page_that_is_not_there_is_answered_404(stack: Stack, side: str, query: str) -> None:
    assert getattr(stack, side).get(f"/api/products?{query}").status == 404


@pytest.mark.parametrize("side", ["admin", "service"])
def test_a_page_never_holds_more_than_500(stack: Stack, side: str) -> None:
    answer = getattr(stack, side).get(f"/api/products?page_size={10**9}")
    assert answer.status == 200
    assert len(answer.json["results"]) <= 500
