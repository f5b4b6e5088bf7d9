"""Which request a change came from: W3C trace context, taken from the request or begun here, with or without spans.

Spans are OpenTelemetry's and an extra: config/spans.py, which nothing imports unless settings.IS_TRACED.
"""

import importlib.util
import re
import secrets
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponseBase

TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
PROTOCOL = "http/protobuf"
HEADER = "Trace-Id"

_current: ContextVar[str] = ContextVar("traceparent", default="")
Answer = Callable[[HttpRequest], HttpResponseBase]


def current() -> str:
    """The traceparent of the request under way; empty outside of one."""
    return _current.get()


def trace_id(traceparent: Any) -> str:
    """Of what a stranger may have sent: empty where it is no traceparent."""
    found = TRACEPARENT.fullmatch(traceparent) if isinstance(traceparent, str) else None
    return found[1] if found else ""


def of_request(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """For structlog: each line of a request says its trace_id."""
    if traceparent := _current.get():
        event.setdefault("trace_id", traceparent[3:35])
    return event


def traced(get_response: Answer) -> Answer:
    """The middleware: goes on with the caller's trace, or begins one, and names it in the answer."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        sent = request.META.get("HTTP_TRACEPARENT", "")
        traceparent = sent if trace_id(sent) else ""
        if settings.IS_TRACED:
            from config import spans

            return spans.request(
                request, traceparent=traceparent, answer=lambda own: _within(own, get_response, request)
            )
        return _within(traceparent or _new(), get_response, request)

    return answer


def _within(traceparent: str, get_response: Answer, request: HttpRequest) -> HttpResponseBase:
    token = _current.set(traceparent)
    try:
        response = get_response(request)
    finally:
        _current.reset(token)
    response[HEADER] = traceparent[3:35]
    return response


def _new() -> str:
    """Of a trace that nobody records, which its last part says."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"


def is_wanted(*, endpoints: Sequence[str], exporter: str, protocol: str, is_disabled: bool) -> bool:
    """Whether the environment asks for spans, by OpenTelemetry's names. Raises ImproperlyConfigured."""
    if is_disabled or exporter == "none" or not any(endpoints):
        return False
    if exporter != "otlp" or protocol != PROTOCOL:
        raise ImproperlyConfigured(
            f"OTEL_TRACES_EXPORTER must be otlp or none, OTEL_EXPORTER_OTLP_PROTOCOL {PROTOCOL}: nothing else is here."
        )
    for name in ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"):
        if not _is_installed(name):
            raise ImproperlyConfigured(
                "OTEL_EXPORTER_OTLP_ENDPOINT is set and OpenTelemetry is not installed: "
                "pip install -r requirements-otel.txt, or leave it unset."
            )
    return True


def _is_installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # not even the package round it
        return False
