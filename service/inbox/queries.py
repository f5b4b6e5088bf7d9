"""Reads of the dead letters: which ones are meant, and page by page, however many there are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from inbox.models import DeadLetter

PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which dead letters are meant; what is left out asks for nothing. Ages are by `last_seen_at`."""

    ids: Sequence[int] = ()
    reason: str = ""
    type: str = ""
    product: str = ""
    older_than: timedelta | None = None
    newer_than: timedelta | None = None

    @property
    def is_everything(self) -> bool:
        return not self.ids and self == Wanted(ids=self.ids)

    @property
    def letters(self) -> QuerySet[DeadLetter]:
        now, found = timezone.now(), Q()
        if self.ids:
            found &= Q(id__in=self.ids)
        if self.reason:
            found &= Q(reason=self.reason)
        if self.type:
            found &= Q(event_type__in=[self.type, f"{settings.INBOX.type_prefix}.{self.type}"])
        if self.product:
            found &= Q(subject=self.product)
        if self.older_than is not None:
            found &= Q(last_seen_at__lt=now - self.older_than)
        if self.newer_than is not None:
            found &= Q(last_seen_at__gt=now - self.newer_than)
        return DeadLetter.objects.filter(found)


def pages(letters: QuerySet[DeadLetter]) -> Iterator[list[DeadLetter]]:
    """All that are there now, without their bodies, in order of id: one that changes or goes on the way skips none."""
    newest: int = letters.aggregate(newest=Max("id"))["newest"] or 0
    after = 0
    while page := list(letters.defer("body").filter(id__gt=after, id__lte=newest).order_by("id")[:PAGE]):
        yield page
        after = page[-1].id
