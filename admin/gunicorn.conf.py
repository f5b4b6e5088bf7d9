"""What gunicorn reads in the folder that it is started in: its lines look like all others, and so does its refusal."""

import os
import sys
from typing import Any

from config.logs import configure
from django.core.exceptions import ImproperlyConfigured
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from structlog.stdlib import ProcessorFormatter

# As in config/settings.py, which gunicorn's own process must not import: its workers would keep an old one on SIGHUP.
try:
    _logging = configure(level=os.environ.get("LOG_LEVEL", "INFO"), form=os.environ.get("LOG_FORMAT", "text"))
except ImproperlyConfigured as error:
    sys.exit(f"gunicorn: {error}")
_events = _logging["formatters"]["events"]
loglevel = _logging["loggers"]["config"]["level"].lower()


class logger_class(Logger):  # type: ignore[misc]
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        formatter = ProcessorFormatter(processors=_events["processors"], foreign_pre_chain=_events["foreign_pre_chain"])
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(formatter)


def post_fork(server: Any, worker: Any) -> None:
    """A setting that makes no sense is said in one line, instead of in the traceback of whoever imports it first."""
    try:
        import config.settings  # noqa: F401
    except ImproperlyConfigured as error:
        server.log.critical("%s", error)
        sys.exit(Arbiter.WORKER_BOOT_ERROR)
