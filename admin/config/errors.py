"""Where whatever goes wrong in a request becomes an answer: problem details (RFC 9457), never a page."""

import json
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.views import exception_handler, set_rollback

from config.databases import explain

log = structlog.get_logger()
MEDIA_TYPE = "application/problem+json"
OF_ALL = "non_field_errors"  # DRF's name for what is wrong with no single field
PAGES = ("/admin/", "/static/")  # for people, who are told in HTML
HINTS = {
    400: "The request cannot be read, or its Host header is not one of ALLOWED_HOSTS.",
    404: "Nothing is at {path}.",
    500: "A bug on this side: its log says more.",
}


class TooLarge(APIException):
    """The body is larger than DATA_UPLOAD_MAX_MEMORY_SIZE bytes; send less at once."""

    status_code = 413
    default_code = "too_large"


class DatabaseAway(APIException):
    """Nothing was lost, the caller may try again."""

    status_code = 503
    default_code = "database_away"
    default_detail = "The database does not answer. Try again."
    wait = 2  # seconds, of which DRF makes Retry-After


def handle(error: Exception, context: Mapping[str, Any]) -> JsonResponse | None:
    """DRF's exceptions, and Django's that stand for one; a bug goes on to Django, which logs it, and to `problems`."""
    if isinstance(error, RequestDataTooBig):
        error = TooLarge(f"The body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes.")
    elif isinstance(error, OperationalError | InterfaceError | ProgrammingError):
        log.error("database failed", error=explain(error))
        set_rollback()
        error = DatabaseAway()
    answer = exception_handler(error, dict(context))
    if answer is None:
        return None
    is_query = context["request"].method in ("GET", "HEAD")
    told = _told(error, answer.data, "parameter" if is_query else "pointer") | getattr(error, "members", {})
    # Not DRF's response, which the view's own renderer would write: YAML for the schema.
    headers = {**answer.headers, "Content-Type": MEDIA_TYPE}
    shown = JsonResponse(
        problem(answer.status_code, **told), status=answer.status_code, content_type=None, headers=headers
    )
    # Django would log each 503 as an error: one is said above, the other is ordinary.
    shown._has_been_logged = isinstance(error, APIException) and error.status_code == HTTPStatus.SERVICE_UNAVAILABLE  # type: ignore[attr-defined]
    return shown


def problem(status: int, *, detail: str, **more: Any) -> dict[str, Any]:
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail} | more


def problems(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The middleware for what Django answers by itself: an unknown path, a host not allowed, a bug."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/") and not request.path.startswith(PAGES)
        if response.status_code >= HTTPStatus.BAD_REQUEST and is_page:
            hint = HINTS.get(response.status_code, response.reason_phrase).format(path=request.path)
            code = response.reason_phrase.lower().replace(" ", "_")
            response.content = json.dumps(problem(response.status_code, detail=hint, code=code)).encode()
            response["Content-Type"] = MEDIA_TYPE
            response["Content-Length"] = str(len(response.content))
        return response

    return answer


def _told(error: Exception, data: Any, place: str) -> dict[str, Any]:
    if isinstance(error, ValidationError):
        errors = [
            {place: where if place == "pointer" else where[2:]} | said for where, said in _each(error.detail, "#")
        ]
        return {"detail": "What was sent is not valid: see errors.", "code": "invalid", "errors": errors}
    return {"detail": str(data["detail"]), "code": getattr(data["detail"], "code", "error")}


def _each(errors: Any, where: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each error with the JSON Pointer (RFC 6901) of what it is about."""
    if isinstance(errors, Mapping):
        for name, inner in errors.items():
            step = str(name).replace("~", "~0").replace("/", "~1")
            yield from _each(inner, where if name == OF_ALL else f"{where}/{step}")
    elif isinstance(errors, list):
        for place, inner in enumerate(errors):
            is_item = isinstance(inner, Mapping)  # of a list that was sent
            yield from _each(inner, f"{where}/{place}" if is_item else where)
    else:
        yield where, {"detail": str(errors), "code": getattr(errors, "code", "invalid")}
