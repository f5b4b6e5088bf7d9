"""One request, followed by one id through every process: by their lines, and by OpenTelemetry's spans."""

import json
import re
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.collector import Collector, Span
from tests.e2e.runs import Runs
from tests.e2e.stacks.make_run import MakeRun
from tests.e2e.waiting import eventually

ID = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"
SOON = 15
SAYING_ALL = {"LOG_LEVEL": "DEBUG", "LOG_FORMAT": "json"}


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        yield collector


def started(run: MakeRun) -> MakeRun:
    run.launch()
    run.wait_ready()
    return run


def create(run: MakeRun, *, flags: str = "01") -> int:
    """A product, by a request with the caller's trace, read on service once it is there."""
    answer = run.admin.request("POST", "/api/products", {"title": "Lamp"}, traceparent=f"00-{ID}-{CALLER}-{flags}")
    assert (answer.status, answer.trace_id) == (201, ID)
    product_id = int(answer.json["id"])
    eventually(lambda: run.service.product(product_id), within=SOON)
    return product_id


def lines(run: MakeRun) -> Iterator[tuple[str, dict[str, Any]]]:
    """Process and event of each line that is one; honcho writes the time and the process before it."""
    for line in run.log().splitlines():
        if match := re.fullmatch(r"\S+ (\w+) *\| (\{.*\})", line):
            yield match[1], json.loads(match[2])


def test_at_debug_every_process_says_the_id_of_the_request(runs: Runs) -> None:
    run = started(runs.also(**SAYING_ALL))
    subject = str(create(run))

    def every_process_has_said_it() -> None:
        said = {(process, line["event"]) for process, line in lines(run) if line.get("trace_id") == ID}
        said |= {(process, line["event"]) for process, line in lines(run) if line.get("written_by") == ID}
        wanted = {("admin", "event written"), ("consumer", "event processed"), ("service", "product read")}
        if "BROKER_URL" in run.settings:
            wanted |= {("relay", "event published")}
        assert wanted <= said, f"{said} of {wanted}\n{run.log_tail()}"

    eventually(every_process_has_said_it, within=SOON)
    followed = [line for _, line in lines(run) if line.get("trace_id") == ID and "event_id" in line]
    assert {(line["subject"], line["version"]) for line in followed} == {(subject, 1)}
    assert len({line["event_id"] for line in followed}) == 1


def test_one_trace_leads_from_the_request_to_the_row(runs: Runs, collector: Collector) -> None:
    traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    run = started(runs.also(**traced))
    create(run)

    def only(service: str, kind: str) -> Span:
        found = [span for span in collector.spans if (span.service, span.kind) == (service, kind)]
        of_this = [span for span in found if span.trace_id == ID]
        assert len(of_this) == 1, f"{service} {kind}: {of_this} of {collector.spans}"
        return of_this[0]

    def linked(service: str, kind: str, to: Span) -> Span:
        found = [span for span in collector.spans if (span.service, span.kind) == (service, kind)]
        # The last one: what comes before service has its queue is sent again.
        *_, one = [span for span in found if (ID, to.span_id) in span.links] or pytest.fail(f"{found}")
        return one

    served = eventually(lambda: only("lockstep-admin", "server"), within=SOON)
    assert (served.parent, served.attributes["http.response.status_code"]) == (CALLER, 201)
    assert served.name.startswith("POST ")
    written = eventually(lambda: only("lockstep-admin", "producer"), within=SOON)
    assert (written.name, written.parent) == ("create product.created", served.span_id)
    processed = eventually(lambda: only("lockstep-service", "consumer"), within=SOON)
    assert (processed.parent, processed.attributes["lockstep.outcome"]) == (written.span_id, "applied")
    assert processed.attributes["messaging.message.id"] == written.attributes["messaging.message.id"]
    batch = linked("lockstep-service", "consumer", written)
    assert (batch.parent, batch.attributes["messaging.batch.message_count"]) == ("", 1)
    assert processed.links == [(batch.trace_id, batch.span_id)]
    if "BROKER_URL" in run.settings:
        sent = linked("lockstep-admin", "client", written)
        assert (sent.name, sent.attributes["messaging.batch.message_count"]) == ("send catalogue.events", 1)


def test_what_the_caller_does_not_record_nobody_records(runs: Runs, collector: Collector) -> None:
    traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    run = started(runs.also(**traced))
    create(run, flags="00")
    run.admin.create(title="Of another trace")

    def others_are_there() -> None:
        assert {"server", "producer", "consumer"} <= {span.kind for span in collector.spans}

    eventually(others_are_there, within=SOON)
    assert [span for span in collector.spans if span.trace_id == ID] == []


def test_a_collector_that_is_away_harms_nobody(runs: Runs) -> None:
    away = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
    run = started(runs.also(**away, OTEL_BSP_SCHEDULE_DELAY="100"))
    create(run)

    def it_is_said() -> None:
        assert "Failed to export" in run.log()

    eventually(it_is_said, within=SOON)
    began = time.monotonic()
    run.signal(signal.SIGTERM)
    assert run.wait(within=20) == 0
    assert time.monotonic() - began < 10
    assert "Traceback" not in run.log()
    assert "Transient" not in run.log()
