"""What stands ahead of Django: requests that would end it before any middleware, or be misread in silence."""

import io
import json
from typing import Any

import pytest
from catalogue.models import Product
from config.wsgi import application


def ask(**environ: Any) -> tuple[str, dict[str, str], Any]:
    told: list[Any] = []
    request = {
        "REQUEST_METHOD": "PATCH", "PATH_INFO": "/api/products/1", "QUERY_STRING": "a=b", "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80", "wsgi.input": io.BytesIO(b"{}"), "wsgi.url_scheme": "http",
        "CONTENT_TYPE": "application/json", "wsgi.errors": io.StringIO(), **environ,
    }  # fmt: skip
    body = b"".join(application(request, lambda status, headers: told.extend((status, dict(headers)))))
    return told[0], told[1], json.loads(body)


@pytest.mark.parametrize("charset", ["zlib", "hex", "unicode_escape", "utf-7", "utf-16", "latin-1", '"', "x" * 9999])
def test_another_charset_is_a_415_in_json(charset: str) -> None:
    status, headers, told = ask(CONTENT_TYPE=f"text/plain; charset={charset}")
    assert (status, headers["Content-Type"]) == ("415 Unsupported Media Type", "application/problem+json")
    assert told["status"] == 415


@pytest.mark.parametrize("content_type", ["", "application/json", "application/json; charset=UTF-8", "a;charset=utf8"])
def test_utf_8_goes_on(content_type: str) -> None:
    assert ask(CONTENT_TYPE=content_type, REQUEST_METHOD="GET", PATH_INFO="/healthz")[0] == "200 OK"


@pytest.mark.django_db
def test_a_body_without_its_length_is_a_411_and_no_change(lamp: Product) -> None:
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "PATH_INFO": f"/api/products/{lamp.pk}"}
    status, headers, told = ask(**environ)
    assert (status, headers["Content-Type"]) == ("411 Length Required", "application/problem+json")
    assert "Content-Length" in told["detail"]
