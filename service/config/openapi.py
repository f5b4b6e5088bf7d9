"""What drf-spectacular cannot see: tokens, and that every operation may be answered with a problem (RFC 9457)."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from config.errors import MEDIA_TYPE
from config.pagination import ORDERS

View = TypeVar("View", bound=Callable[..., Any])

OF_ALL = {
    "400": "Not valid.",
    "401": "A token is missing, unknown, revoked or expired.",
    "403": "Its scope does not do.",
}
OF_ALL |= {"406": "Nothing but JSON can be had.", "500": "A bug.", "503": "The database does not answer; try again."}
OF_ONE = {"404": "There is no such thing."}
OF_LISTS = {"404": "A cursor that was not given out here."}
OF_WRITES = {"413": "Too large.", "415": "JSON alone is read.", "429": "Too many writes; see Retry-After."}


class ErrorSerializer(serializers.Serializer[None]):
    pointer = serializers.CharField(required=False, help_text="JSON Pointer to what is wrong in the body.")
    parameter = serializers.CharField(required=False, help_text="Name of what is wrong in the query.")
    detail = serializers.CharField()
    code = serializers.CharField()


class ProblemSerializer(serializers.Serializer[None]):
    """Problem details (RFC 9457)."""

    type = serializers.CharField(default="about:blank")
    title = serializers.CharField(help_text="The status in words.")
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What is wrong, for people.")
    code = serializers.CharField(required=False, help_text="What is wrong, for programs.")
    errors = ErrorSerializer(many=True, required=False)  # type: ignore[assignment]


class Schema(AutoSchema):
    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        for status, description in self._problems().items():
            if status not in bodies:
                problem = OpenApiResponse(ProblemSerializer, description)
                bodies[status] = self._get_response_for_code(  # type: ignore[no-untyped-call]
                    problem, status, [MEDIA_TYPE], direction
                )
        if self.method == "GET":
            bodies["414"] = {"description": "The URL is too long for the web server, which says so in HTML."}
        return dict(sorted(bodies.items()))

    def _get_request_body(self, direction: Any = "request") -> Any:
        """Who sends none has nothing to say, and a client should not be able to forget it."""
        body = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        return body and body | {"required": True}

    def _problems(self) -> dict[str, str]:
        found = OF_ALL | (OF_ONE if "{" in self.path else {}) | (OF_LISTS if self._is_list_view() else {})
        return found if self.method == "GET" else found | OF_WRITES


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "access.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "Made by `manage.py tokens create`."}


def problem(description: str) -> OpenApiResponse:
    return OpenApiResponse(ProblemSerializer, description)


def shape(**properties: Any) -> dict[str, Any]:
    """An object that has all of these."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def many(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def operators(summary: str, answer: dict[str, Any], sample: Any, **more: Any) -> Callable[[View], View]:
    """The decorator of a view for operators and subscribers."""
    examples = [OpenApiExample("An answer", sample, response_only=True)]
    return extend_schema(summary=summary, responses={(200, "application/json"): answer}, examples=examples, **more)


def without_slash(endpoints: list[tuple[str, str, str, Any]], **_: Any) -> list[tuple[str, str, str, Any]]:
    """Every URL takes its trailing slash or does without; clients are told the one without."""
    return [(path.rstrip("/"), regex, method, view) for path, regex, method, view in endpoints]


INTEGER, OR_NULL, TEXT = {"type": "integer"}, {"type": ["integer", "null"]}, {"type": "string"}
ORDERING = OpenApiParameter("ordering", str, enum=ORDERS, description="By id where it is left out; - is descending.")
IF_NONE_MATCH = OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="The ETag that is there.")
ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, required=True, response=[200], description="To send in If-None-Match."
)
NOT_MODIFIED = {304: OpenApiResponse(description="Who asks has it already.")}
