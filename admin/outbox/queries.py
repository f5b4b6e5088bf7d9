from django.db.models import Max

from outbox.models import OutboxEvent


def bounds() -> tuple[int, int]:
    """The ids of the oldest event that goes out by itself (held ones do not) and of the newest; 0: there is none."""
    oldest = OutboxEvent.objects.filter(held_at=None).order_by("id").values_list("id", flat=True).first()
    return oldest or 0, OutboxEvent.objects.aggregate(newest=Max("id"))["newest"] or 0
