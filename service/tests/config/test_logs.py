import json
import logging

import pytest
import structlog
from config.logs import configure

FORMS = ["text", "json"]


def line(record: logging.LogRecord, form: str) -> str:
    options = configure(level="INFO", form=form)["formatters"]["events"]
    return structlog.stdlib.ProcessorFormatter(
        processors=options["processors"], foreign_pre_chain=options["foreign_pre_chain"]
    ).format(record)


@pytest.mark.parametrize("form", FORMS)
def test_a_hostile_text_forges_no_line_and_no_colour(caplog: pytest.LogCaptureFixture, form: str) -> None:
    structlog.get_logger().warning("event became a dead letter", event_type="x\r\n[error] database failed\x1b[31m")
    written = line(caplog.records[-1], form)
    assert "event became a dead letter" in written
    assert not {"\r", "\n", "\x1b"} & set(written)


@pytest.mark.parametrize("form", FORMS)
def test_a_traceback_holds_no_local_variable(caplog: pytest.LogCaptureFixture, form: str) -> None:
    password = "hunter" + str(2)
    try:
        int(password[:-1])
    except ValueError:
        structlog.get_logger().exception("batch failed")
        written = line(caplog.records[-1], form)
    assert "test_a_traceback_holds" in written
    assert password not in written


def test_json_is_for_machines(caplog: pytest.LogCaptureFixture) -> None:
    structlog.get_logger().info("batch applied", events=3, applied=2)
    written = json.loads(line(caplog.records[-1], "json"))
    assert (written["event"], written["level"], written["events"]) == ("batch applied", "info", 3)


def test_a_librarys_line_looks_like_ours() -> None:
    record = logging.makeLogRecord({"name": "library", "levelname": "WARNING", "levelno": 30, "msg": "odd %s"})
    record.args = ("thing",)
    assert json.loads(line(record, "json"))["event"] == "odd thing"
