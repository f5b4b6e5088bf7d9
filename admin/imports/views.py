import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from access.models import Scope, Token
from access.permissions import may
from catalogue import idempotency
from config.errors import TooLarge
from config.filters import Given
from config.pagination import Pages
from config.parsers import BoundedJSONParser
from console import audit
from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from django_filters.fields import ChoiceField
from jobs import operations as jobs
from jobs.errors import NotNow
from jobs.models import Job, State
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from imports import openapi, operations
from imports.serializers import (
    ImportOfFileSerializer,
    ImportOfURLSerializer,
    ImportSerializer,
    ImportWithLinesSerializer,
)

BESIDE_THE_FILE = 10_000  # bytes: boundaries, headers, other fields
TO_ASK = ("jobs.add_job", "catalogue.add_product", "catalogue.change_product")
TO_STEER = ("jobs.work_job",)
TO_READ = ("jobs.view_job",)
PACKET_TOO_LARGE = 1153  # ER_NET_PACKET_TOO_LARGE, of MariaDB


class DoesNotFit(APIException):
    """The import's state lets nobody do this to it."""

    status_code = 409
    default_code = "does_not_fit"


class Importer(BasePermission):
    """Never in public: imports tell whom a shop buys from. Staff may what the pages let them do."""

    message = 'This needs a token with the scope "write", or "read" to read.'

    def has_permission(self, request: Request, view: Any) -> bool:
        is_token = isinstance(request.auth, Token)
        is_reading = request.method in SAFE_METHODS
        if is_token or settings.IS_OPEN:
            return may(request, Scope.READ if is_reading else Scope.WRITE, view)
        wanted = TO_READ if is_reading else TO_ASK if view.action == "create" else TO_STEER
        return bool(request.user.is_staff) and request.user.has_perms(wanted)


class StateField(Given, ChoiceField):
    pass


class StateFilter(filters.ChoiceFilter):
    field_class = StateField


class ImportFilter(filters.FilterSet):
    state = StateFilter(choices=State.choices, label="Those in this state.")


class NewestFirst(Pages):
    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        return ("-id",)

    def _asked(self, request: Request) -> str:
        return "id"


@openapi.imports
class ImportViewSet(viewsets.GenericViewSet[Job]):
    queryset = Job.objects.filter(kind=operations.KIND)
    serializer_class = ImportWithLinesSerializer
    filterset_class = ImportFilter
    pagination_class = NewestFirst
    permission_classes = [Importer]
    parser_classes = [BoundedJSONParser, MultiPartParser]
    lookup_value_regex = "[0-9]{1,19}"  # a longer one is nobody's

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Ahead of whatever reads a form, which Django would do to its end, however large its file is."""
        size = str(request.META.get("CONTENT_LENGTH") or "0")
        if size.isdecimal() and int(size[:19]) > settings.IMPORTS.max_bytes + BESIDE_THE_FILE:
            raise TooLarge(f"The body is larger than IMPORTS_MAX_BYTES={settings.IMPORTS.max_bytes} allows.")
        super().initial(request, *args, **kwargs)

    def filter_queryset(self, queryset: Any) -> Any:
        """Of lists alone, as for products."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or ()
        return self.get_paginated_response([ImportSerializer(job).data for job in page])

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(_shown(self.get_object()))

    def create(self, request: Request) -> Response:
        """A URL as JSON, or a file as a form; the answer comes before anything is read."""
        if request.content_type.partition(";")[0].strip().lower() == MultiPartParser.media_type:
            return _accepted(*_import_file(request))
        asked = _validated(ImportOfURLSerializer(data=request.data))
        return _accepted(*idempotency.once(request, lambda: _asked(request, operations.import_url, **asked)))

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        return self._steered("cancel", jobs.cancel)

    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        return self._steered("retry", jobs.retry)

    def _steered(self, action: str, act: Any) -> Response:
        pk = self.get_object().pk
        try:
            with transaction.atomic():
                job = act(pk, by=audit.caller(self.request))
                audit.by_api(self.request, action=action, target=f"job {pk}", said=job.label)
            return _accepted(_shown(job))
        except NotNow as error:
            raise DoesNotFit(str(error)) from error


def _import_file(request: Request) -> tuple[Any, bool]:
    file = _validated(ImportOfFileSerializer(data=request.data))["file"]
    sent = {"name": file.name, "content_type": str(file.content_type or ""), "content": file.read()}
    asked = repr((sent["name"], sent["content_type"], hashlib.sha256(sent["content"]).hexdigest()))
    try:
        return idempotency.once(request, lambda: _asked(request, operations.import_file, **sent), body=asked.encode())
    except OperationalError as error:
        if PACKET_TOO_LARGE not in error.args:
            raise
        raise TooLarge("The file is larger, packed, than MariaDB's max_allowed_packet: set that higher.") from error


def _asked(request: Request, ask: Callable[..., Job], **what: Any) -> dict[str, Any]:
    with transaction.atomic():
        job = ask(**what, by=audit.caller(request))
        audit.by_api(request, action="import", target=f"job {job.pk}", said=job.label)
    return _shown(job)


def _validated(serializer: Any) -> Mapping[str, Any]:
    serializer.is_valid(raise_exception=True)
    validated: Mapping[str, Any] = serializer.validated_data
    return validated


def _accepted(shown: Any, is_again: bool = False) -> Response:
    headers = {"Idempotency-Replayed": "true"} if is_again else {}
    return Response(shown, status=202, headers={"Location": f"/api/imports/{shown['id']}"} | headers)


def _shown(job: Job) -> dict[str, Any]:
    return dict(ImportWithLinesSerializer(job).data)
