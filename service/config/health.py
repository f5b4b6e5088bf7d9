"""Probes. /healthz: this process answers. /readyz: it can serve, which needs its migrated database, never the broker.

A middleware ahead of all others, since a probe comes by address, which ALLOWED_HOSTS need not name.
"""

from collections.abc import Callable

import structlog
from django.db import Error, connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from config.databases import explain

log = structlog.get_logger()
Answer = Callable[[HttpRequest], HttpResponseBase]


def probes(get_response: Answer) -> Answer:
    def answer(request: HttpRequest) -> HttpResponseBase:
        match request.path.rstrip("/"):
            case "/healthz":
                return JsonResponse({"status": "ok"})
            case "/readyz":
                return readiness()
        return get_response(request)

    return answer


def readiness() -> JsonResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM replica_product LIMIT 1")
    except Error as error:
        log.error("database failed", error=explain(error))
        return JsonResponse({"status": "not ready", "database": "does not answer"}, status=503)
    return JsonResponse({"status": "ready", "database": "ok"})
