"""Whatever strangers ask to be imported: an answer in words that names what is wrong, never a 500, and no job."""

import json
from typing import Any

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from imports.models import Upload
from jobs.models import Job
from rest_framework.test import APIClient

from tests.support import wrong

pytestmark = pytest.mark.django_db
URL = "https://shop.example.com/lamps"
BAD_URLS = {
    "This field may not be null.": ["null"],
    "Not a valid string.": ["5", "true", "[]", "{}", '["https://shop.example.com"]'],
    "This field may not be blank.": ['""', '" "'],
    "Null characters are not allowed.": ['"https://shop.example.com/\\u0000"'],
    "Surrogate characters": ['"https://shop.example.com/\\ud800"'],
    "Ensure this field has no more than 2000": [json.dumps(f"{URL}/{'x' * 2000}")],
    "A URL begins with http:// or https:// and a host": [
        '"lamps"', '"//shop.example.com"', '"file:///etc/passwd"', '"ftp://shop.example.com/"', '"http://"',
        '"javascript:alert(1)"', '"http:///lamps"', '"https://shop.example.com:0/"',
    ],
    "This is no URL that can be read.": ['"http://[::1"', '"http://shop.example.com:99999/"', '"http://a:b:c/"'],
    "A URL with a user or password is not stored": ['"https://ann:secret@shop.example.com/"', '"https://@a.example/"'],
    "A URL has neither spaces nor characters": [
        '"https://shop.example.com/a b"', '"https://shop.example.com/\\n1"', '"https://shop.example.com/\\u202e"',
    ],
    "is in a private network: nothing is fetched from there unless IMPORTS_PRIVATE_NETWORKS allows it.": [
        '"http://127.0.0.1/"', '"http://127.0.0.1:8000/admin/"', '"http://localhost/"', '"http://LOCALHOST./"',
        '"http://a.localhost/"', '"http://10.1.2.3/"', '"http://192.168.1.1/"', '"http://172.16.0.1/"',
        '"http://169.254.169.254/latest/meta-data"', '"http://[::1]/"', '"http://[fe80::1]/"', '"http://[fd00::1]/"',
        '"http://0.0.0.0/"', '"http://[::ffff:127.0.0.1]/"', '"http://[::]/"', '"http://100.64.0.1/"',
        '"http://2130706433/"', '"http://0x7f.1/"', '"http://127.1/"', '"http://224.0.0.1/"',
    ],
}  # fmt: skip
BAD_FIELDS = {
    "depth": ["-1", "4", '"1"', "true", "1.5", "[]", "{}", "1e400", "9" * 30, '"x"'],
    "max_pages": ["0", "-1", "501", '"5"', "false", "2.5", "[]", "1e400", "9" * 400],
}
BODIES = {
    "nothing": b"",
    "a list": json.dumps([{"url": URL}]).encode(),
    "a text": b'"x"',
    "null": b"null",
    "a number": b"5",
    "no url": b'{"depth": 1}',
    "half": b'{"url": "',
    "twice": b'{"url": "a", "url": "b"}',
    "deep": b'{"url":' + b"[" * 100_000,
    "Latin-1": '{"url": "https://shop.example.com/ä"}'.encode("latin-1"),
    "NUL": b'{"url": "x"}\0',
    "a file as well as a url": b'{"file": "products.csv"}',
}


@pytest.fixture(autouse=True)
def nothing_asked(client: APIClient) -> Any:
    yield
    assert not Job.objects.exists()
    assert not Upload.objects.exists()


def post(client: APIClient, body: bytes, kind: str = "application/json") -> Any:
    return client.generic("POST", "/api/imports", body, content_type=kind)


@pytest.mark.parametrize(("words", "text"), [(words, text) for words, texts in BAD_URLS.items() for text in texts])
def test_a_bad_url_is_a_400_in_words(client: APIClient, words: str, text: str) -> None:
    told = wrong(post(client, f'{{"url": {text}}}'.encode()))
    assert list(told) == ["#/url"]
    assert words in told["#/url"][0]


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in BAD_FIELDS.items() for text in texts])
def test_a_bad_bound_is_a_400_that_names_it(client: APIClient, name: str, text: str) -> None:
    answer = post(client, f'{{"url": "{URL}", "{name}": {text}}}'.encode())
    assert list(wrong(answer)) == [f"#/{name}"]


@pytest.mark.parametrize("name", BODIES)
def test_what_is_no_request_is_a_400(client: APIClient, name: str) -> None:
    answer = post(client, BODIES[name])
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("text/csv", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/xml", 415),
        ("nonsense", 415),
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=", 400),
        ("multipart/form-data; boundary=x; charset=nonsense", 400),
        ("multipart/mixed; boundary=x", 415),
        (f"multipart/form-data; boundary={'x' * 300}", 415),
        ("multipart/form-data; boundary=é", 400),
        ("MULTIPART/form-data; boundary=x", 400),
    ],
)
def test_an_odd_content_type_is_refused(client: APIClient, kind: str, status: int) -> None:
    answer = post(client, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n', kind)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("products.csv", b"", "The file is empty."),
        ("products.xlsx", b"x", "A file's name ends with .csv or .json, by which it is read."),
        ("products", b"x", "A file's name ends with"),
        (".csv.", b"x", "A file's name ends with"),
    ],
)
def test_a_bad_file_is_a_400_in_words(client: APIClient, name: str, content: bytes, words: str) -> None:
    file = SimpleUploadedFile("x", content)
    file._name = name  # type: ignore[attr-defined]  # as it is, where Django would mend it
    told = wrong(client.post("/api/imports", {"file": file}, format="multipart"))
    assert told["#/file"][0].startswith(words)


@pytest.mark.parametrize("data", [{}, {"url": URL}, {"file": "a text"}, {"other": SimpleUploadedFile("a.csv", b"x")}])
def test_a_form_without_its_file_is_a_400(client: APIClient, data: dict[str, Any]) -> None:
    assert list(wrong(client.post("/api/imports", data, format="multipart"))) == ["#/file"]


def test_a_file_that_is_too_large_is_refused(client: APIClient, settings: Any) -> None:
    settings.IMPORTS = msgspec.structs.replace(settings.IMPORTS, max_bytes=1000)
    send = {"file": SimpleUploadedFile("a.csv", b"x" * 1001)}
    told = wrong(client.post("/api/imports", send, format="multipart"))
    assert told["#/file"] == ["The file is larger than 1,000 bytes (IMPORTS_MAX_BYTES): send it in parts."]
    answer = client.post("/api/imports", {"file": SimpleUploadedFile("a.csv", b"x" * 20_000)}, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "IMPORTS_MAX_BYTES=1000" in answer.json()["detail"]


@pytest.mark.parametrize("is_file", [True, False])
def test_a_form_of_too_many_parts_is_refused(client: APIClient, is_file: bool) -> None:
    more = '; filename="a.csv"' if is_file else ""
    part = f'--x\r\nContent-Disposition: form-data; name="file"{more}\r\n\r\nb\r\n'.encode()
    answer = post(client, part * 2000 + b"--x--\r\n", "multipart/form-data; boundary=x")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_a_long_text_in_a_form_is_refused(client: APIClient) -> None:
    answer = client.post("/api/imports", {"a": "x" * 3_000_000}, format="multipart")
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")


def test_a_long_json_is_refused(client: APIClient) -> None:
    answer = post(client, json.dumps({"url": URL, "more": "x" * 3_000_000}).encode())
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")


@pytest.mark.parametrize("query", ["state=odd", "state=", "state=%00", "page_size=0", "state=queued&page_size=x"])
def test_a_bad_filter_is_a_400(client: APIClient, query: str) -> None:
    assert len(wrong(client.get(f"/api/imports?{query}"))) == 1


@pytest.mark.parametrize("cursor", ["x", "9" * 30, "cD14", "cD0tMQ==", "bz0tMQ=="])
def test_a_cursor_that_is_made_up_is_a_404(client: APIClient, cursor: str) -> None:
    assert client.get(f"/api/imports?cursor={cursor}").status_code == 404


@pytest.mark.parametrize("key", ["", "x" * 256, "é"])
def test_a_key_that_is_none_is_a_400(client: APIClient, key: str) -> None:
    assert client.post("/api/imports", {"url": URL}, HTTP_IDEMPOTENCY_KEY=key).status_code == 400
