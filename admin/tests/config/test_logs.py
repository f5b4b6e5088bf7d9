"""Log lines as a person or a machine reads them."""

import json
import logging
from logging.config import dictConfig
from typing import Any

import pytest
import structlog
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
