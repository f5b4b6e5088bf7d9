"""The consumer's spans, as OpenTelemetry's own exporter in memory sees them; tests/e2e has a collector."""

from collections.abc import Callable
from typing import Any

import pytest
from inbox.envelope import Delivery
from inbox.processor import Processor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from tests.events import delivery

pytestmark = pytest.mark.django_db
ID = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
Made = Callable[[], list[ReadableSpan]]


def traced(action: str = "updated", /, flags: str = "01", **changes: Any) -> Delivery:
    return delivery(action, envelope={"traceparent": f"00-{ID}-{PARENT}-{flags}"}, **changes)


@pytest.fixture
def tracing_by(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Made]:
    """With spans that are kept here, whichever sampler decides."""

    def start(**options: Any) -> Made:
        settings.IS_TRACED = True
        from config import spans

        exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False, **options)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        monkeypatch.setattr(spans, "provider", provider)
        monkeypatch.setattr(spans, "tracer", provider.get_tracer("a test"))
        return lambda: list(exporter.get_finished_spans())

    return start


def test_a_batch_has_a_span_that_links_to_each_event_and_each_event_one_below_its_creation(tracing_by: Any) -> None:
    made = tracing_by()
    Processor().process([traced(id=1), traced(id=2), delivery(id=3)])
    batch, *events = made()
    assert batch.parent is None
    assert [f"{link.context.trace_id:032x}" for link in batch.links] == [ID, ID]
    assert batch.attributes["messaging.batch.message_count"] == 3
    assert [f"{event.parent.span_id:016x}" for event in events] == [PARENT, PARENT]
    assert [event.attributes["lockstep.subject"] for event in events] == ["1", "2"]
    assert {link.context.span_id for event in events for link in event.links} == {batch.context.span_id}
    assert all(batch.start_time == event.start_time <= event.end_time for event in events)


def test_a_span_says_the_outcome_and_a_rejection_is_an_error(tracing_by: Any) -> None:
    made = tracing_by()
    Processor().process([traced(version=2), traced(version=2), traced(version=1), traced(title="")])
    _, *events = made()
    outcomes = [event.attributes["lockstep.outcome"] for event in events]
    assert outcomes == ["applied", "duplicate", "stale", "rejected"]
    assert [event.status.is_ok for event in events] == [True, True, True, False]
    assert events[-1].attributes["error.type"] == "rejected"


def test_an_event_that_nobody_records_has_no_span_unless_the_sampler_wants_all(tracing_by: Any) -> None:
    made = tracing_by()
    Processor().process([traced(flags="00")])
    (batch,) = made()
    assert batch.links == ()
    from config import spans

    assert not spans.is_followed(spans.parent(f"00-{ID}-{PARENT}-00"))  # so none is made ready
    made = tracing_by(sampler=ALWAYS_ON)
    Processor().process([traced(flags="00", version=2)])
    assert [span.attributes.get("lockstep.version") for span in made()] == [None, 2]


def test_a_batch_of_hundreds_has_a_link_to_each() -> None:
    from config import spans

    assert spans.provider._span_limits.max_links >= 20_000
