import logging
import time
from collections.abc import Mapping
from typing import Any

import structlog
from config.filters import ProductFilter
from django.conf import settings
from rest_framework import serializers, viewsets
from rest_framework.exceptions import APIException, NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from replica import openapi, presenters, queries

log = structlog.get_logger()
WAIT_SECONDS = 2.0  # for a version, at most: a worker of the web is busy meanwhile
LOOK_SECONDS = 0.02


class Deleted(APIException):
    """Admin has deleted the product; it will never come back under this id."""

    status_code = 410
    default_code = "deleted"

    def __init__(self, row: Mapping[str, Any]) -> None:
        super().__init__(f"Product {row['id']} was deleted: version {row['version']}.")
        self.members = {"version": row["version"], "deleted_at": presenters.timestamp(row["deleted_at"])}


class Behind(APIException):
    """The copy has not caught up with what the caller has seen on admin."""

    status_code = 503
    default_code = "behind"
    wait = 1  # seconds, of which DRF makes Retry-After


class VersionSerializer(serializers.Serializer[None]):
    min_version = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


@openapi.products
class ProductViewSet(viewsets.GenericViewSet):  # type: ignore[type-arg]
    """The copy's products, read-only."""

    # Rows, not instances: those and a serializer for each took more time than the database.
    queryset = queries.living_products().values(*presenters.FIELDS)
    filterset_class = ProductFilter
    lookup_value_regex = "[0-9]{1,19}"  # a longer one is nobody's

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or ()
        return self.get_paginated_response([presenters.shown(row) for row in page])

    def retrieve(self, request: Request, pk: str) -> Response:
        """As soon as the copy has `min_version`, which a caller who just wrote on admin knows."""
        row = _row(int(pk), _min_version(request), patience=WAIT_SECONDS if _is_known(request) else 0)
        if log.isEnabledFor(logging.DEBUG):
            log.debug("product read", id=row["id"], version=row["version"], written_by=row["trace_id"])
        if row["deleted_at"] is not None:
            raise Deleted(row)
        return Response(presenters.shown(row))


def _min_version(request: Request) -> int:
    """0 where none is asked for: then no serializer is built, since most reads ask for none."""
    if "min_version" not in request.query_params:
        return 0
    wanted = VersionSerializer(data=request.query_params.dict())
    wanted.is_valid(raise_exception=True)
    return int(wanted.validated_data["min_version"])


def _is_known(request: Request) -> bool:
    """A stranger, where reading is public, must not keep the workers waiting."""
    return settings.IS_OPEN or request.auth is not None


def _row(product_id: int, min_version: int, *, patience: float) -> Any:
    """A tombstone too, whose version is the last there will be. Raises NotFound, Behind."""
    deadline = time.monotonic() + patience
    while True:
        row = queries.row(product_id)
        if row is not None and (row["version"] >= min_version or row["deleted_at"] is not None):
            return row
        if not min_version:
            raise NotFound(f"No product {product_id} has arrived here.")
        if time.monotonic() >= deadline:
            has = f"version {row['version']}" if row else "nothing"
            raise Behind(f"The copy has {has} of product {product_id} yet, not version {min_version}.")
        time.sleep(LOOK_SECONDS)
