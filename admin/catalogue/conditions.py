"""A product's ETag is its version: who read version 3 changes version 3, or is told that it has gone on."""

import re
from collections.abc import Collection

from django.utils.http import parse_etags
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from catalogue.models import Product


class PreconditionFailed(APIException):
    """The product is not in the version that If-Match names; read it again."""

    status_code = 412
    default_code = "precondition_failed"


def etag(version: int) -> str:
    return f'"{version}"'


def wanted_versions(request: Request) -> Collection[int] | None:
    """Those that If-Match allows to be changed, None where it is not sent or allows any. Weak ones never match."""
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    return {int(tag[1:-1]) for tag in parse_etags(header) if re.fullmatch(r'"[1-9][0-9]{0,18}"', tag)}


def changed_meanwhile(product: Product) -> PreconditionFailed:
    return PreconditionFailed(f"The product has version {product.version} now: read it again, then change that one.")
