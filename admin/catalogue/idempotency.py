"""Idempotency-Key: a POST that is sent again, since nobody knows what became of the first, is answered as the first."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from access.models import Token
from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request

from catalogue.models import IdempotentAnswer

KEPT = timedelta(hours=24)
MAX_LENGTH = 255


class KeyUsed(APIException):
    """The same key came with another body before."""

    status_code = 422
    default_code = "idempotency_key_used"
    default_detail = "This Idempotency-Key came with another body before: take a new one for each new request."


def once(request: Request, make: Callable[[], Any], *, body: bytes | None = None) -> tuple[Any, bool]:
    """What `make` answers, kept in the transaction of what it writes; or what was kept before, and True.

    `body`: what was asked for, where the request's own body has been read already. Two at once: the second waits for
    the first one's row. Raises KeyUsed, ValidationError.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return make(), False
    if not (0 < len(key) <= MAX_LENGTH and key.isascii() and key.isprintable()):
        raise ValidationError(f"Idempotency-Key has 1 to {MAX_LENGTH} printable ASCII characters.")
    IdempotentAnswer.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    asked = _digest(request.body if body is None else body)
    with transaction.atomic():
        key_digest = _digest(f"{_owner(request)} {key}".encode())
        kept, is_new = IdempotentAnswer.objects.get_or_create(key=key_digest, defaults={"body": asked})
        if is_new:
            kept.answer = make()
            kept.save(update_fields=["answer"])
    if kept.body != asked:
        raise KeyUsed
    return kept.answer, not is_new


def _owner(request: Request) -> str:
    """A key is its token's or user's own: nobody is shown what another one wrote."""
    if isinstance(request.auth, Token):
        return f"token {request.auth.prefix}"
    return f"user {request.user.pk}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
