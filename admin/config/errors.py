"""The one place where an exception in a view becomes an answer."""

from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError, ProgrammingError
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from config.databases import explain

log = structlog.get_logger()


class TooLarge(APIException):
    """The body is larger than DATA_UPLOAD_MAX_MEMORY_SIZE bytes; send less at once."""

    status_code = 413
    default_code = "too_large"


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's own answer, or 503 where the database does not answer: nothing was lost, the caller may try again."""
    if isinstance(error, RequestDataTooBig):  # Django's; by itself it would be answered in HTML
        error = TooLarge(f"The body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes.")
    if isinstance(error, OperationalError | InterfaceError | ProgrammingError):
        set_rollback()
        log.error("database failed", error=explain(error))
        detail = "The database does not answer. Try again."
        return Response({"detail": detail}, status=503, headers={"Retry-After": "2"})
    return exception_handler(error, context)
