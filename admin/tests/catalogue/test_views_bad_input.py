"""Whatever strangers send: an answer in JSON that names the field, never a 500, and nothing stored."""

import json
import time
from base64 import b64encode
from typing import Any

import pytest
from catalogue.models import Product
from rest_framework.test import APIClient

from tests.support import told, wrong

pytestmark = pytest.mark.django_db
DEEP = 100_000


def value(name: str, text: str) -> bytes:
    """A product whose field holds this JSON text."""
    rest = {} if name == "title" else {"title": "Lamp"}
    return (json.dumps(rest)[:-1] + (", " if rest else "") + f'"{name}": {text}}}').encode()


BAD_VALUES = {
    "title": [
        "null", "5", "1.5", '""', '" "', "true", "[]", "{}", json.dumps("x" * 201), '"\\u0000"', '"a\\u0000"',
        '"\\ud800"',
    ],
    "description": ["null", "5", "false", "[1]", json.dumps("x" * 10_001), '"\\u0000"', '"\\udfff"', '"\\ud83d"'],
    "price": [
        "-1", '"-0.01"', "1.005", '"1.005"', "1e400", "-1e400", "1e30", "10000000000", '"NaN"', '"Infinity"', '"sNaN"',
        '"x"', "true", "[]", "{}", json.dumps("9" * 5000), '"1,5"', '"0x1"', '"\\u0000"', '"\\ud800"', "0.1e-7",
    ],
    "image": [
        "null", "5", '"x"', '"ftp://images.example.com/a"', '"javascript:alert(1)"', '"data:text/html,x"', '"//a.de/b"',
        '"http://"', '"http:///a"', '"https://a.de/ b"', '"https://a.de/\\u0000"', '"https://a.de/\\ud800"', "[]",
        json.dumps("https://images.example.com/".ljust(501, "x")), '"http://ä b"', '" javascript:alert(1)"',
    ],
    "sku": ["true", "5", "[]", "{}", json.dumps("x" * 65), '"\\u0000"', '"\\ud800"'],
}  # fmt: skip
NOT_JSON = {
    "nothing at all": b" ",
    "half": b'{"title": "Lamp"',
    "a word": b"Lamp",
    "a form": b"title=Lamp",
    "NaN": value("price", "NaN"),
    "infinity": value("price", "-Infinity"),
    "an integer of 5,000 digits": value("price", "9" * 5000),
    "a comma too many": b'{"title": "Lamp",}',
    "NUL": b'{"title": "Lamp"}\0',
    "a raw control character": b'{"title": "La\nmp"}',
    "Latin-1": '{"title": "Lämp"}'.encode("latin-1"),
    "UTF-16": '{"title": "Lamp"}'.encode("utf-16"),
    "an encoded surrogate": b'{"title": "\xed\xa0\x80"}',
    "lists without end": b"[" * DEEP,
    "objects without end": b'{"a":' * DEEP,
    "a value nested 100,000 deep": value("title", "[" * DEEP + "]" * DEEP),
    "an unknown field nested 100,000 deep": value("unknown", "[" * DEEP + "]" * DEEP),
}


def stored() -> list[dict[str, Any]]:
    return list(Product.objects.values())


@pytest.mark.parametrize(
    ("field", "text"), [(field, text) for field, texts in BAD_VALUES.items() for text in texts], ids=lambda t: t[:24]
)
def test_a_bad_value_is_a_400_that_names_the_field(client: APIClient, lamp: Product, field: str, text: str) -> None:
    before = stored()
    for answer in (
        client.post("/api/products", value(field, text), content_type="application/json"),
        client.put(f"/api/products/{lamp.pk}", value(field, text), content_type="application/json"),
        client.patch(f"/api/products/{lamp.pk}", f'{{"{field}": {text}}}'.encode(), content_type="application/json"),
    ):
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
        assert list(wrong(answer)) == [f"#/{field}"]
    assert (stored(), told()) == (before, [])


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_json_is_a_400_that_says_so(client: APIClient, lamp: Product, body: bytes) -> None:
    before = stored()
    for answer in (
        client.post("/api/products", body, content_type="application/json"),
        client.patch(f"/api/products/{lamp.pk}", body, content_type="application/json"),
    ):
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
        assert "JSON parse error" in answer.json()["detail"]
    assert (stored(), told()) == (before, [])


@pytest.mark.parametrize("body", [b'{"title": "A", "title": "B"}', b'{"title": "A", "x": {"title": 1, "title": 1}}'])
def test_a_name_that_stands_twice_is_a_400_that_says_which(client: APIClient, body: bytes) -> None:
    answer = client.post("/api/products", body, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert "'title' stands twice" in answer.json()["detail"]
    assert (stored(), told()) == ([], [])


@pytest.mark.parametrize("body", [b"null", b'"Lamp"', b"5", b"true"])
def test_what_is_no_object_is_a_400(client: APIClient, body: bytes) -> None:
    answer = client.post("/api/products", body, content_type="application/json")
    assert list(wrong(answer)) == ["#"]
    assert (stored(), told()) == ([], [])


@pytest.mark.parametrize("body", [b"", b"{}", b'{"price": 5}'])
def test_a_missing_title_is_a_400_that_names_it(client: APIClient, body: bytes) -> None:
    answer = client.post("/api/products", body, content_type="application/json")
    assert wrong(answer) == {"#/title": ["This field is required."]}


def test_all_bad_fields_are_named_at_once(client: APIClient) -> None:
    answer = client.post("/api/products", {"price": -1, "image": "x", "sku": []})
    assert sorted(wrong(answer)) == ["#/image", "#/price", "#/sku", "#/title"]


@pytest.mark.parametrize(
    "media_type",
    ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "text/xml", "nonsense"],
)
def test_another_media_type_is_a_415(client: APIClient, media_type: str) -> None:
    answer = client.post("/api/products", b'{"title": "Lamp"}', content_type=media_type)
    assert (answer.status_code, answer["Content-Type"]) == (415, "application/problem+json")
    assert (stored(), told()) == ([], [])


@pytest.mark.parametrize("charset", ["base64", "hex", "zlib", "rot13", "undefined", "utf-16", "punycode"])
def test_a_charset_that_is_none_is_a_400(client: APIClient, charset: str) -> None:
    answer = client.post("/api/products", b'{"title": "Lamp"}', content_type=f"application/json; charset={charset}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_a_body_that_is_too_large_is_a_413(client: APIClient, lamp: Product, settings: Any) -> None:
    body = value("description", json.dumps("x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE))
    for answer in (
        client.post("/api/products", body, content_type="application/json"),
        client.put(f"/api/products/{lamp.pk}", body, content_type="application/json"),
    ):
        assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")
        assert "2621440" in answer.json()["detail"]
    assert len(stored()) == 1


def cursor(text: str) -> str:
    return b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "made_up", ["0", "-1", "x", "9" * 30, "9" * 5000, cursor("p=x"), cursor("p=-1"), cursor("p="), cursor("o=-1")]
)
def test_a_cursor_that_is_made_up_is_a_404(client: APIClient, made_up: str) -> None:
    answer = client.get(f"/api/products?cursor={made_up}")
    assert (answer.status_code, answer.json()["detail"]) == (404, "Invalid cursor")


@pytest.mark.parametrize("position", ["0", "1", str(2**63), "9" * 30])
def test_a_cursor_behind_all_products_is_an_empty_page(client: APIClient, position: str) -> None:
    assert client.get(f"/api/products?cursor={cursor(f'p={position}')}").json()["results"] == []


@pytest.mark.parametrize("price", ["1_0", "1_000", "\u0661\u0662", "\uff11\uff12", "1e5", "+1", "1."])
def test_a_price_in_an_odd_spelling_is_a_400(client: APIClient, price: str) -> None:
    assert list(wrong(client.post("/api/products", {"title": "Lamp", "price": price}))) == ["#/price"]


def test_many_names_are_looked_at_once_each(client: APIClient) -> None:
    """The last of 200,000 stands twice; to count each of them would take minutes."""
    names = ",".join(f'"{number}":1' for number in range(200_000))
    began = time.monotonic()
    answer = client.post("/api/products", f'{{{names},"5":1}}'.encode(), content_type="application/json")
    assert (answer.status_code, time.monotonic() - began < 5) == (400, True)
    assert "'5' stands twice" in answer.json()["detail"]
