"""The outbox holds only what is not delivered yet: a row goes when the broker, or every subscriber, has it."""

from django.db import models
from django.utils import timezone


class Reason(models.TextChoices):
    """Why an event is still here after an attempt."""

    UNROUTABLE = "unroutable"  # no queue took it
    NACKED = "nacked"  # a queue refused it, being full for instance
    REFUSED = "refused"  # the broker closed the channel over it


class OutboxEvent(models.Model):
    """Debezium's names (aggregatetype, aggregateid, type, payload), then the delivery state in columns of its own."""

    id = models.BigAutoField(primary_key=True)
    event_id = models.UUIDField()
    aggregatetype = models.CharField(max_length=64)
    aggregateid = models.CharField(max_length=64)
    type = models.CharField(max_length=200)
    payload = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=16, choices=Reason, default="", blank=True)
    last_error = models.CharField(max_length=500, default="", blank=True)
    held_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        permissions = (("work_outboxevent", "Can hold events and try them again"),)

    def __str__(self) -> str:
        return f"{self.type} {self.aggregateid}"


class Lease(models.Model):
    """Who may relay: one row, by the database's clock. The token grows with each new holder and fences the old one."""

    name = models.CharField(max_length=32, primary_key=True)
    holder = models.CharField(max_length=200)
    token = models.PositiveBigIntegerField(default=0)
    expires_at = models.DateTimeField()
    wake_address = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"


class Subscription(models.Model):
    """A named subscriber of the embedded feed and how far it has come; rows that all have passed are deleted."""

    name = models.CharField(max_length=63, primary_key=True)
    position = models.PositiveBigIntegerField()
    pulled_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.position}"
