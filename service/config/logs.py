"""Logs are events: a fixed lowercase message plus fields, as text for people or JSON for machines."""

import io
import re
import sys
import textwrap
from typing import Any, TextIO

import structlog
from django.core.exceptions import ImproperlyConfigured

from config.tracing import of_request

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FORMS = ("text", "json")
OURS = ("access", "catalogue", "config", "console", "imports", "inbox", "jobs", "outbox", "processes", "replica")
SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    of_request,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]
URL_PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s/@\"]+@")


def configure(*, level: str, form: str) -> dict[str, Any]:
    """Sets structlog up and returns Django's LOGGING, so that library and project lines look alike."""
    level = level.upper()
    if level not in LEVELS or form not in FORMS:
        raise ImproperlyConfigured(f"LOG_LEVEL must be one of {', '.join(LEVELS)}; LOG_FORMAT of {', '.join(FORMS)}.")
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": SHARED,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(form)],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"events": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
        # DEBUG is for our own lines: below it Django would say every statement, and templates what they miss.
        "root": {"handlers": ["stderr"], "level": "INFO" if level == "DEBUG" else level},
        "loggers": {
            **{name: {"level": level} for name in OURS},
            # What these say at INFO and below, our own lines say better; pika's errors come again in ours.
            "pika": {"level": "CRITICAL"},
            "axes": {"level": "WARNING"},  # four lines for each login
            "celery": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
            "opentelemetry": {"level": "ERROR"},  # below it: each try to reach a collector that is away
        },
    }


def _renderers(form: str) -> list[Any]:
    """Tracebacks come without local variables, which may hold a password."""
    if form == "json":
        tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        return [structlog.processors.ExceptionRenderer(tracebacks), structlog.processors.JSONRenderer(), _masked]
    is_seen = sys.stderr.isatty()  # by a person: colours, and the fields below each other
    text = structlog.dev.ConsoleRenderer(
        colors=is_seen, pad_event_to=30 if is_seen else 0, exception_formatter=_indented
    )
    return [_one_line, text, _masked]


def _one_line(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """A library may put into its sentence what a stranger sent; our own lines have that in fields, which are quoted."""
    said = str(event["event"])
    if not said.isprintable():
        event["event"] = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in said)
    return event


def _indented(out: TextIO, error: Any) -> None:
    """So that no line of a traceback, or of the text of its exception, begins as a line of the log does."""
    plain = io.StringIO()
    structlog.dev.plain_traceback(plain, error)
    out.write(textwrap.indent(plain.getvalue(), "    "))


def _masked(_: Any, __: str, line: str) -> str:
    """A driver may repeat the URL that it was given."""
    return URL_PASSWORD.sub(r"\1***@", line)
