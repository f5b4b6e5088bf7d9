"""A process's own HTTP server: its health, its metrics, its live events."""

import http.client
import json
import threading
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from processes import alive, live
from processes.server import serve

from tests.support import eventually


@pytest.fixture(scope="module")
def address() -> str:
    return serve("127.0.0.1:0", metrics=list)


def get(address: str, path: str) -> Any:
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request("GET", path)
    return connection.getresponse()


def test_a_process_that_turns_is_well_and_one_that_is_stuck_is_not(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive.note()
    answer = get(address, "/healthz")
    assert (answer.status, json.loads(answer.read())["status"]) == (200, "ok")
    monkeypatch.setattr(alive, "STUCK_SECONDS", -1.0)
    answer = get(address, "/healthz")
    assert (answer.status, json.loads(answer.read())["status"]) == (503, "stuck")


def test_what_is_not_there_is_told_what_is(address: str) -> None:
    answer = get(address, "/")
    assert answer.status == 404
    assert b"/metrics, /healthz and /events" in answer.read()


def test_a_listener_hears_what_is_told_and_when_it_goes_nothing_is_made_any_more(address: str) -> None:
    answer = get(address, "/events")
    assert answer.readline() == b"\n"
    assert live.is_heard()
    live.tell({"event_id": "e1", "outcome": "applied"})
    assert json.loads(answer.readline()) == {"event_id": "e1", "outcome": "applied"}
    answer.close()

    def gone() -> bool:
        live.tell({"event_id": "e2"})
        return not live.is_heard()

    eventually(gone)


def test_a_listener_that_is_slow_costs_the_process_nothing_but_that_listener_its_lines() -> None:
    with live.Listener() as listener:
        for number in range(live.LONGEST + 10):
            live.tell({"number": number})
        taken = 0
        while listener.take(seconds=0) is not None:
            taken += 1
    assert taken == live.LONGEST


@pytest.mark.parametrize(
    "bind", ["", "9100", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "no.such.host.invalid:9100"]
)
def test_an_address_that_cannot_be_had_is_refused_in_one_line(bind: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"METRICS_BIND=.* cannot be had"):
        serve(bind, metrics=list)


def test_a_port_that_is_taken_is_refused_in_one_line(address: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="cannot be had"):
        serve(address, metrics=list)


def test_its_thread_does_not_keep_the_process_alive(address: str) -> None:
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "metrics")
