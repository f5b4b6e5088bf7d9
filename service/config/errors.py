"""The one place where an exception in a view becomes an answer."""

from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, ProgrammingError
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from config.databases import explain

log = structlog.get_logger()


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's own answer, or 503 where the database does not answer: nothing was lost, the caller may try again."""
    if isinstance(error, OperationalError | InterfaceError | ProgrammingError):
        set_rollback()
        log.error("database failed", error=explain(error))
        detail = "The database does not answer. Try again."
        return Response({"detail": detail}, status=503, headers={"Retry-After": "2"})
    return exception_handler(error, context)
