"""Where events go that cannot be applied: rows with body, reason and error. The same body again is the same row."""

import hashlib
import math
from collections.abc import Iterable
from typing import Any

import msgspec
import structlog
from config.printable import printable
from django.db import IntegrityError
from django.db.models import F
from django.utils import timezone

from inbox.causes import cause
from inbox.envelope import Delivery, Rejected, about
from inbox.models import DeadLetter

log = structlog.get_logger()
MAX_BODY_BYTES = 4 * 1024 * 1024  # a row must fit into a database packet (MariaDB: 16 MiB) even when escaped
MAX_LEVELS = 16  # MariaDB stores no JSON that is nested deeper than 32 levels, and Python's stack has an end too


def store(rejections: Iterable[tuple[Delivery, Rejected]]) -> None:
    """Stores the rejected deliveries within the caller's transaction."""
    letters: dict[str, DeadLetter] = {}
    for letter in (_letter(*pair) for pair in rejections):
        letters.setdefault(letter.fingerprint, letter).attempts += 1
    seen_again = set(DeadLetter.objects.filter(fingerprint__in=letters).values_list("fingerprint", flat=True))
    for key in sorted(seen_again):
        letter = letters[key]
        DeadLetter.objects.filter(fingerprint=key).update(
            attempts=F("attempts") + letter.attempts,
            reason=letter.reason,
            error=letter.error,
            cause=letter.cause,
            last_seen_at=timezone.now(),
        )
    # Another consumer may store the same body just now; its row says the same. No other conflict is to be ignored.
    DeadLetter.objects.bulk_create(
        (letter for key, letter in letters.items() if key not in seen_again), ignore_conflicts=True, batch_size=1
    )
    if DeadLetter.objects.filter(fingerprint__in=letters).count() != len(letters):
        raise IntegrityError("the database has silently refused a dead letter")
    for letter in letters.values():
        log.warning(
            "event became a dead letter",
            reason=letter.reason,
            error=printable(letter.error),
            event_id=printable(letter.event_id),
            event_type=printable(letter.event_type),
            subject=printable(letter.subject),
            trace_id=letter.trace_id,
        )


def _letter(delivery: Delivery, rejection: Rejected) -> DeadLetter:
    now = timezone.now()
    found = about(delivery)
    error, size = rejection.error, len(delivery.body)
    if size > MAX_BODY_BYTES:
        error += f" (body of {size} bytes, of which the first {MAX_BODY_BYTES} are kept)"
    error = _storable(error[:10_000])
    return DeadLetter(
        body=delivery.body[:MAX_BODY_BYTES],
        headers=msgspec.to_builtins(_storable(delivery.properties), enc_hook=str, str_keys=True),
        source=delivery.source,
        reason=rejection.reason,
        error=error,
        cause=cause(reason=rejection.reason, error=error),
        event_id=_short(found.id),
        event_type=_short(found.type),
        subject=_short(found.subject),
        trace_id=found.trace_id,
        attempts=0,
        fingerprint=hashlib.sha256(delivery.body).hexdigest(),
        first_seen_at=now,
        last_seen_at=now,
    )


def _short(value: Any) -> str:
    return str(_storable(value if isinstance(value, str) else ""))[:255]


def _storable(value: Any, levels: int = MAX_LEVELS) -> Any:
    """The same with what no database stores (NUL, lone surrogates, NaN, deep nesting) spelled out."""
    match value:
        case str():
            return value.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode()
        case float() if not math.isfinite(value):
            return str(value)
        case dict() | list() if not levels:
            return "(nested too deep to be kept)"
        case dict():
            return {_storable(key): _storable(item, levels - 1) for key, item in value.items()}
        case list():
            return [_storable(item, levels - 1) for item in value]
    return value
