"""What a client of either service does, over HTTP and nothing else."""

import contextlib
import http.client
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 15
JSON, PROBLEM = "application/json", "application/problem+json"
Product = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str
    body: bytes
    seconds: float
    trace_id: str

    @property
    def is_json(self) -> bool:
        """As the API says it: an error is a problem (RFC 9457)."""
        return self.content_type.partition(";")[0] == (PROBLEM if self.status >= 400 else JSON)

    @property
    def json(self) -> Any:
        assert self.is_json, f"{self.status} {self.content_type}: {self.body[:300]!r}"
        return json.loads(self.body)


class Api:
    """One of the two webs. Raises ConnectionError where it gives no answer."""

    def __init__(self, port: int, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self.port = port
        self._timeout = timeout

    def upload(self, path: str, name: str, content: bytes) -> Answer:
        """A file, as a form sends it."""
        mark = "e2e-boundary"
        start = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = start.encode() + content + f"\r\n--{mark}--\r\n".encode()
        return self.request("POST", path, body, kind=f"multipart/form-data; boundary={mark}")

    def request(
        self, method: str, path: str, content: object = None, *, traceparent: str = "", kind: str = JSON
    ) -> Answer:
        """Bytes go out as they are; anything else as JSON."""
        headers = {"traceparent": traceparent} if traceparent else {}
        body = content if isinstance(content, bytes | None) else json.dumps(content).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self._timeout)
        began = time.monotonic()
        try:
            # Who sends too much may be answered, and cut off, before the end of it.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, path, body, headers | ({"Content-Type": kind} if body is not None else {}))
            response = connection.getresponse()
            read = response.read()
        except http.client.HTTPException as error:
            raise ConnectionError(f"{method} {path}: {error!r}") from error
        finally:
            connection.close()
        content_type, trace_id = (response.headers.get(name, "") for name in ("Content-Type", "Trace-Id"))
        return Answer(response.status, content_type, read, time.monotonic() - began, trace_id)

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def product(self, product_id: int) -> Product:
        """As both sides must show it: without the time at which service applied it."""
        return without_applied_at(self._expect(200, "GET", f"/api/products/{product_id}").json)

    def create(self, **fields: object) -> Product:
        return dict(self._expect(201, "POST", "/api/products", fields).json)

    def put(self, product_id: int, **fields: object) -> Product:
        return dict(self._expect(200, "PUT", f"/api/products/{product_id}", fields).json)

    def patch(self, product_id: int, **fields: object) -> Product:
        return dict(self._expect(200, "PATCH", f"/api/products/{product_id}", fields).json)

    def delete(self, product_id: int) -> None:
        self._expect(204, "DELETE", f"/api/products/{product_id}")

    def count(self) -> int:
        return len(self.products())

    def products(self) -> dict[int, Product]:
        """All of them, page by page, each once."""
        found: dict[int, Product] = {}
        path: str | None = "/api/products?page_size=500"
        while path:
            page = self._expect(200, "GET", path).json
            for product in map(without_applied_at, page["results"]):
                assert product["id"] not in found, f"product {product['id']} is listed twice"
                found[product["id"]] = product
            path = page["next"] and urlsplit(page["next"])._replace(scheme="", netloc="").geturl()
        return found

    def assert_has_not(self, product_id: int) -> None:
        answer = self.get(f"/api/products/{product_id}")
        assert answer.status in (404, 410), f"product {product_id} is there: {answer.body[:300]!r}"

    def assert_ready(self) -> None:
        self._expect(200, "GET", "/readyz")

    def _expect(self, status: int, method: str, path: str, content: object = None) -> Answer:
        answer = self.request(method, path, content)
        assert answer.status == status, f"{method} {path} was answered {answer.status}: {answer.body[:300]!r}"
        return answer


def without_applied_at(product: Product) -> Product:
    return {name: value for name, value in product.items() if name != "applied_at"}
