"""Probes. /healthz: this process answers. /readyz: it can serve, which needs its database and never the broker."""

import structlog
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse

from config.databases import explain

log = structlog.get_logger()


def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        log.error("database failed", error=explain(error))
        return JsonResponse({"status": "not ready", "database": "does not answer"}, status=503)
    return JsonResponse({"status": "ready", "database": "ok"})
