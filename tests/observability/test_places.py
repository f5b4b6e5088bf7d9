"""`make run` finds a place for the metrics of relay and consumer, and does without one rather than fail."""

import contextlib
import http.server
import importlib.util
import socket
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.observability.prometheus import ROOT
from tests.servers.process import Port


@pytest.fixture(scope="module")
def run() -> ModuleType:
    spec = importlib.util.spec_from_file_location("run", ROOT / "dev" / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["run"] = module  # a dataclass looks its module up
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "dev")  # as for a script, which imports what stands beside it
        spec.loader.exec_module(module)
    return module


@pytest.fixture
def held() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as stack:
        yield stack


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free() -> int:
    port = Port()
    port.release()
    return port.number


def test_a_taken_port_is_passed_over(
    run: ModuleType, held: contextlib.ExitStack, taken: int, free: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "METRICS_PORTS", [taken, free])
    assert run.place(held) == f"127.0.0.1:{free}"


def test_where_none_is_free_there_are_no_metrics(
    run: ModuleType, held: contextlib.ExitStack, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "METRICS_PORTS", [taken])
    assert run.place(held) == ""


def test_a_place_is_nobody_else_s_but_the_process_s_own(
    run: ModuleType, held: contextlib.ExitStack, free: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "METRICS_PORTS", [free])
    assert run.place(held) == f"127.0.0.1:{free}"
    assert run.place(held) == ""
    http.server.HTTPServer(("127.0.0.1", free), http.server.BaseHTTPRequestHandler).server_close()
