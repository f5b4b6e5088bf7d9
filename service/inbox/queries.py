"""Reads of the dead letters: which ones are meant, and page by page, however many there are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils import timezone

from inbox.envelope import MAX_NUMBER
from inbox.models import DeadLetter

PAGE = 500
LISTED = 100  # of one product's letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which dead letters are meant; what is left out asks for nothing. Ages are by `last_seen_at`, as of `now`."""

    ids: Sequence[int] = ()
    reason: str = ""
    cause: str | None = None
    type: str = ""
    product: str = ""
    text: str = ""
    older_than: timedelta | None = None
    newer_than: timedelta | None = None
    now: datetime | None = None

    @property
    def is_everything(self) -> bool:
        return not self.ids and self == Wanted(ids=self.ids, now=self.now)

    @property
    def letters(self) -> QuerySet[DeadLetter]:
        now = self.now or timezone.now()
        found = _says(self.text) if self.text else Q()
        types = [self.type, f"{settings.INBOX.type_prefix}.{self.type}"]
        asked: dict[str, tuple[object, object]] = {
            "id__in": (self.ids, self.ids),
            "reason": (self.reason, self.reason),
            "event_type__in": (self.type, types),
            "subject": (self.product, self.product),
        }
        found &= Q(**{name: value for name, (is_asked, value) in asked.items() if is_asked})
        if self.cause is not None:
            found &= Q(cause=self.cause)
        if self.older_than is not None:
            found &= Q(last_seen_at__lt=now - self.older_than)
        if self.newer_than is not None:
            found &= Q(last_seen_at__gt=now - self.newer_than)
        return DeadLetter.objects.filter(found)


def _says(text: str) -> Q:
    """In its error or type, or as its own or its event's id."""
    found = Q(error__icontains=text) | Q(event_type__icontains=text) | Q(event_id=text)
    return found | Q(id=int(text)) if text.isascii() and text.isdigit() and int(text) <= MAX_NUMBER else found


def pages(letters: QuerySet[DeadLetter]) -> Iterator[list[DeadLetter]]:
    """All that are there now, without their bodies, in order of id: one that changes or goes on the way skips none."""
    newest = newest_of(letters)
    after = 0
    while page := list(letters.defer("body").filter(id__gt=after, id__lte=newest).order_by("id")[:PAGE]):
        yield page
        after = page[-1].id


def newest_of(letters: QuerySet[DeadLetter]) -> int:
    return int(letters.aggregate(newest=Max("id"))["newest"] or 0)


def groups(letters: QuerySet[DeadLetter]) -> QuerySet[Any, Any]:
    """Letters of one cause together, the largest group first. All of it stands in one index."""
    return (
        letters.values("cause")
        .annotate(
            reason=Min("reason"),
            number=Count("id"),
            products=Count("subject", distinct=True, filter=~Q(subject="")),
            first_seen_at=Min("first_seen_at"),
            last_seen_at=Max("last_seen_at"),
            sample=Max("id"),
        )
        .order_by("-number", "cause")
    )


def summary() -> dict[str, Any]:
    """How many dead letters there are, by their reason, and since when the oldest one is there."""
    rows = DeadLetter.objects.values_list("reason").annotate(number=Count("id"), oldest=Min("first_seen_at")).order_by()
    by_reason = {reason: (number, oldest) for reason, number, oldest in rows}
    return {
        "total": sum(number for number, _ in by_reason.values()),
        "by_reason": {reason: number for reason, (number, _) in sorted(by_reason.items())},
        "oldest_at": min((oldest for _, oldest in by_reason.values()), default=None),
    }


def of_product(subject: str) -> list[dict[str, Any]]:
    """The newest dead letters about one product, oldest first."""
    columns = ("id", "reason", "error", "event_type", "event_id", "attempts", "first_seen_at", "last_seen_at")
    return list(DeadLetter.objects.filter(subject=subject).order_by("-id").values(*columns)[:LISTED])[::-1]
