"""A request's trace: taken from its header or begun, said in the answer and in what the request writes."""

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest
from catalogue.models import Product
from config import tracing
from config.tracing import is_wanted, trace_id
from django.core.exceptions import ImproperlyConfigured
from outbox.models import OutboxEvent
from rest_framework.test import APIClient

from tests.support import ADMIN, recorded

ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{ID}-b7ad6b7169203331-01"
ODD = {
    "nothing": "",
    "words": "hello",
    "no trace": f"00-{'0' * 32}-b7ad6b7169203331-01",
    "no parent": f"00-{ID}-{'0' * 16}-01",
    "capitals": TRACEPARENT.upper(),
    "another version": TRACEPARENT.replace("00-", "ff-", 1),
    "too long": f"{TRACEPARENT}-what",
    "a line more": f"{TRACEPARENT}\n",
    "digits of another script": TRACEPARENT.replace("7", "\u0667"),
}


@pytest.mark.django_db
def test_a_request_goes_on_with_the_callers_trace(client: APIClient) -> None:
    answer = client.post("/api/products", {"title": "Lamp"}, HTTP_TRACEPARENT=TRACEPARENT)
    assert answer["Trace-Id"] == ID
    assert recorded()[0]["traceparent"] == TRACEPARENT


@pytest.mark.django_db
@pytest.mark.parametrize("sent", ODD.values(), ids=list(ODD))
def test_what_is_no_traceparent_is_as_none_and_the_request_begins_one(client: APIClient, sent: str) -> None:
    answer = client.post("/api/products", {"title": "Lamp"}, HTTP_TRACEPARENT=sent)
    assert answer.status_code == 201
    assert re.fullmatch("[0-9a-f]{32}", answer["Trace-Id"])
    assert answer["Trace-Id"] != ID
    assert trace_id(recorded()[0]["traceparent"]) == answer["Trace-Id"]
    assert recorded()[0]["traceparent"].endswith("-00")  # nobody records it


@pytest.mark.django_db
def test_each_request_has_a_trace_of_its_own_and_all_that_it_writes_has_the_same(client: APIClient) -> None:
    answers = [client.post("/api/products", [{"title": "Lamp"}] * 3) for _ in range(2)]
    ids = [trace_id(event["traceparent"]) for event in recorded()]
    assert ids == [answers[0]["Trace-Id"]] * 3 + [answers[1]["Trace-Id"]] * 3
    assert len(set(ids)) == 2


@pytest.mark.django_db
def test_a_write_without_a_request_has_no_trace(client: APIClient) -> None:
    client.get("/api/products", HTTP_TRACEPARENT=TRACEPARENT)  # which is over
    assert tracing.current() == ""
    Product.objects.create(title="Lamp")
    assert "traceparent" not in json.loads(OutboxEvent.objects.get().payload)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/products", "/api/nothing", "/api/products/7", "/admin/login/"])
def test_every_answer_names_its_trace_but_a_probes(client: APIClient, path: str) -> None:
    assert client.get(path, HTTP_TRACEPARENT=TRACEPARENT)["Trace-Id"] == ID
    assert "Trace-Id" not in client.get("/healthz")


@pytest.mark.django_db
def test_a_page_of_another_origin_may_send_and_read_it(client: APIClient, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.example.com"]
    origin = {"HTTP_ORIGIN": "https://shop.example.com"}
    assert "Trace-Id" in client.get("/api/products", **origin)["Access-Control-Expose-Headers"]
    asked = {"HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST", "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "traceparent"}
    assert "traceparent" in client.options("/api/products", **origin, **asked)["Access-Control-Allow-Headers"]


def wanted(**changes: Any) -> bool:
    given = {"endpoints": ["http://collector:4318"], "exporter": "otlp", "protocol": "http/protobuf"}
    return is_wanted(**{**given, "is_disabled": False, **changes})


def test_spans_are_made_where_there_is_somewhere_to_send_them() -> None:
    assert wanted()
    assert wanted(endpoints=["", "http://collector:4318/v1/traces"])
    assert not wanted(endpoints=["", ""])
    assert not wanted(is_disabled=True)
    assert not wanted(exporter="none")


@pytest.mark.parametrize("odd", [{"exporter": "zipkin"}, {"protocol": "grpc"}])
def test_another_exporter_is_refused_in_words(odd: dict[str, str]) -> None:
    with pytest.raises(ImproperlyConfigured, match="must be otlp or none"):
        wanted(**odd)


@pytest.mark.parametrize("name", ["opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"])
def test_a_missing_package_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    is_installed = tracing._is_installed
    monkeypatch.setattr(tracing, "_is_installed", lambda asked: asked != name and is_installed(asked))
    with pytest.raises(ImproperlyConfigured, match=r"pip install -r requirements-otel\.txt"):
        wanted()


def test_a_package_whose_parent_is_missing_is_missing() -> None:
    assert not tracing._is_installed("no_such_package.within")


LOADS_ALL = """
import sys, django
django.setup()
import config.wsgi, {module}
print(sorted(name for name in sys.modules if name.startswith(("opentelemetry", "config.spans"))))
"""


@pytest.mark.parametrize(("service", "module"), [("admin", "outbox.relay"), ("service", "inbox.consumer")])
def test_without_an_endpoint_nothing_of_opentelemetry_is_imported(service: str, module: str) -> None:
    env = {"PATH": os.environ["PATH"], "DEBUG": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", LOADS_ALL.format(module=module)]
    done = subprocess.run(command, cwd=ADMIN.parent / service, env=env, capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stderr
