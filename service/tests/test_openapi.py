"""The OpenAPI file is committed, so that a change of the API is seen in review; this one says when it is old."""

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

from tests.processes import SERVICE

FILE = SERVICE.parent / "contract/openapi.service.yaml"
METHODS = ("get", "post", "put", "patch", "delete")


def test_the_committed_file_is_what_the_code_says() -> None:
    rendered = OpenApiYamlRenderer().render(SchemaGenerator().get_schema(public=True), renderer_context={}).decode()
    assert FILE.read_text() == rendered, "python manage.py spectacular --file ../contract/openapi.service.yaml"


def test_every_operation_has_an_example_and_a_summary() -> None:
    schema = SchemaGenerator().get_schema(public=True)
    operations = {
        f"{method} {path}": operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }
    assert [name for name, operation in operations.items() if not operation.get("summary")] == []
    without = [name for name, operation in operations.items() if "examples" not in str(operation)]
    assert without == []


def test_schema_and_page_are_served_to_everybody(client: Client, settings: object) -> None:
    answer = client.get("/api/schema", HTTP_ACCEPT="*/*")
    assert (answer.status_code, b"openapi: 3.1.0" in answer.content) == (200, True)
    page = client.get("/api/docs", HTTP_ACCEPT="text/html")
    assert page.status_code == 200
    assert b"http" not in page.content.replace(b"http://testserver", b""), "nothing from another host"


@pytest.mark.parametrize("version", ["%00", "%0d%0aX:y", 'x"; filename="evil.exe', "2"])
def test_a_version_that_is_asked_for_stands_in_no_header(client: Client, version: str) -> None:
    answer = client.get(f"/api/schema?version={version}", HTTP_ACCEPT="*/*")
    assert answer.status_code == 200
    assert not any(text in str(answer.headers) for text in ("evil", "X:y", "(2)"))


@pytest.mark.parametrize("path", ["/api/schema", "/api/docs"])
@pytest.mark.parametrize("method", ["post", "options"])
def test_what_cannot_be_done_with_the_pages_is_a_405_in_json(client: Client, path: str, method: str) -> None:
    answer = getattr(client, method)(path)
    assert (answer.status_code, answer.json()["status"]) == (405, 405)
