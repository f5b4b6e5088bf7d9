"""Log lines as a person or a machine reads them."""

import json
import logging
import re
from logging.config import dictConfig
from typing import Any

import pytest
import structlog
from config import tracing
from config.logs import configure
from django.conf import settings


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> Any:
    """What reaches stderr of a process with this LOG_FORMAT."""
    handlers, level = logging.root.handlers[:], logging.root.level

    def put_back() -> None:
        dictConfig(settings.LOGGING)
        logging.root.handlers[:], logging.root.level = handlers, level

    request.addfinalizer(put_back)  # noqa: PT021

    def lines(form: str, call: Any) -> str:
        dictConfig(configure(level="info", form=form))
        call()
        return capsys.readouterr().err

    return lines


def test_a_line_is_an_event_with_fields(say: Any) -> None:
    line = say("json", lambda: structlog.get_logger().info("relay connected", events=3))
    assert {"event": "relay connected", "events": 3, "level": "info"}.items() <= json.loads(line).items()


def test_a_library_s_line_looks_alike(say: Any) -> None:
    line = say("json", lambda: logging.getLogger("library").warning("said %s", "so"))
    assert {"event": "said so", "level": "warning"}.items() <= json.loads(line).items()


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_a_stranger_sends_cannot_forge_a_line(say: Any, form: str) -> None:
    said = say(form, lambda: structlog.get_logger().info("refused", title="a\n2026-01-01 [info] all is well"))
    assert said.count("\n") == 1


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_shows_no_local_variables(say: Any, form: str) -> None:
    def fail() -> None:
        password = "hunter" + "2"
        try:
            raise ValueError(len(password))
        except ValueError:
            logging.getLogger("library").exception("failed")

    said = say(form, fail)
    assert "ValueError" in said
    assert "hunter2" not in said


def test_at_debug_libraries_stay_at_info(capsys: pytest.CaptureFixture[str], say: Any) -> None:
    def both() -> None:
        dictConfig(configure(level="debug", form="json"))
        logging.getLogger("library").debug("SELECT 1")
        logging.getLogger("outbox.writer").debug("event written")

    said = say("json", both)
    assert "event written" in said
    assert "SELECT" not in said


def test_a_line_of_a_request_says_its_trace(say: Any) -> None:
    token = tracing._current.set(f"00-{'a' * 32}-{'b' * 16}-00")
    try:
        line = say("json", lambda: structlog.get_logger().info("said"))
        of_a_library = say("json", lambda: logging.getLogger("library").warning("said"))
    finally:
        tracing._current.reset(token)
    assert json.loads(line)["trace_id"] == json.loads(of_a_library)["trace_id"] == "a" * 32
    assert "trace_id" not in json.loads(say("json", lambda: structlog.get_logger().info("said")))


def test_on_a_terminal_text_has_colours_and_columns_and_forges_none(monkeypatch: pytest.MonkeyPatch, say: Any) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    said = say("text", lambda: structlog.get_logger().info("product read", title="\x1b[31mred\nnot a line"))
    plain = re.sub(r"\x1b\[[\d;]*m", "", said)
    assert plain != said
    assert re.search(r"product read {10,}", plain)
    assert "\x1b[31mred" not in said
    assert said.count("\n") == 1
