"""OpenTelemetry's spans, made by hand: what its instrumentation of pika says would lose the request.

Whoever has the first span imports this, which sets it up: in gunicorn that is a worker, after its fork, and once,
whatever its threads do. The library reads its OTEL_* itself.
"""

from collections.abc import Callable, Iterable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased
from opentelemetry.trace import (
    INVALID_SPAN_CONTEXT,
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
)

Values = Mapping[str, str | int]
MAX_LINKS = 20_000  # as many as a batch can have events; OpenTelemetry's own 128 would hide most of them
END_MILLISECONDS = 2000
NONE = Context()
SENDING, PROCESSING = SpanKind.CLIENT, SpanKind.CONSUMER


class Processor(BatchSpanProcessor):
    """Its own waits half a minute at the process's end for a collector that may be away."""

    def shutdown(self) -> None:
        self._batch_processor.shutdown(timeout_millis=END_MILLISECONDS)


provider = TracerProvider(
    resource=Resource.create({"service.name": settings.OTEL_SERVICE_NAME}), span_limits=SpanLimits(max_links=MAX_LINKS)
)
provider.add_span_processor(Processor(OTLPSpanExporter()))
tracer = provider.get_tracer("lockstep")


def request(request: HttpRequest, *, traceparent: str, answer: Callable[[str], HttpResponseBase]) -> HttpResponseBase:
    """A SERVER span round `answer`, which gets the span's own traceparent."""
    method = request.method or ""
    known = {"http.request.method": method, "url.path": request.path, "url.scheme": request.scheme or ""}
    span = tracer.start_span(method, _below(parent(traceparent)), kind=SpanKind.SERVER, attributes=known)
    with trace.use_span(span, end_on_exit=True):
        response = answer(_traceparent(span))
        if match := request.resolver_match:
            span.update_name(f"{method} {match.route}")
            span.set_attribute("http.route", match.route)
        span.set_attribute("http.response.status_code", response.status_code)
        _failed(span, str(response.status_code) if response.status_code >= 500 else "")
    return response


def created(name: str, attributes: Values) -> str:
    """The traceparent of a span that says: here an event was written. What becomes of the event descends from it."""
    span = tracer.start_span(name, kind=SpanKind.PRODUCER, attributes=attributes)
    span.end()
    return _traceparent(span)


def batch(
    name: str, *, kind: SpanKind, since: int, parents: Iterable[SpanContext], attributes: Values, error: str = ""
) -> Span:
    """A span of its own trace, from `since` (time.time_ns) until now, with a link to each event that is recorded."""
    links = [Link(parent) for parent in parents if parent.trace_flags.sampled]
    span = tracer.start_span(name, NONE, kind=kind, links=links, start_time=since, attributes=attributes)
    _failed(span, error)
    span.end()
    return span


def is_followed(parent: SpanContext) -> bool:
    """Whether a span below this one has a chance, told without making one."""
    return parent.is_valid and (parent.trace_flags.sampled or not isinstance(provider.sampler, ParentBased))


def followed(name: str, *, parent: SpanContext, of: Span, since: int, attributes: Values, error: str = "") -> None:
    """What a batch did to one event, in the event's own trace."""
    links = [Link(of.get_span_context())]
    span = tracer.start_span(name, _below(parent), SpanKind.CONSUMER, attributes, links=links, start_time=since)
    _failed(span, error)
    span.end()


def parent(traceparent: str) -> SpanContext:
    """An invalid one where there is none."""
    if not traceparent:
        return INVALID_SPAN_CONTEXT
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))


def _failed(span: Span, error: str) -> None:
    if error:
        span.set_status(Status(StatusCode.ERROR))
        span.set_attribute("error.type", error)


def _below(parent: SpanContext) -> Context:
    return trace.set_span_in_context(NonRecordingSpan(parent), NONE)


def _traceparent(span: Span) -> str:
    said = span.get_span_context()
    return f"00-{said.trace_id:032x}-{said.span_id:016x}-{said.trace_flags:02x}"
