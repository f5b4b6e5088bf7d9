from django.db import models


class Reason(models.TextChoices):
    """Why an event could not be applied."""

    UNREADABLE = "unreadable"  # not JSON, or not UTF-8
    INVALID = "invalid"  # not a CloudEvent, or its data break the schema
    UNKNOWN_TYPE = "unknown_type"  # nothing here handles this type or major version
    UNPROCESSABLE = "unprocessable"  # valid, but the projection failed on it
    GIVEN_UP = "given_up"  # the broker gave up on it: delivered too often


class DeadLetter(models.Model):
    """An event that could not be applied: its raw body, where it came from, and why. Nothing is dropped silently."""

    body = models.BinaryField()
    headers = models.JSONField(default=dict)
    source = models.CharField(max_length=200)
    reason = models.CharField(max_length=16, choices=Reason)
    error = models.TextField()
    event_id = models.CharField(max_length=255, default="", blank=True)
    event_type = models.CharField(max_length=255, default="", blank=True)
    subject = models.CharField(max_length=255, default="", blank=True)
    trace_id = models.CharField(max_length=32, default="", db_default="", blank=True)
    attempts = models.PositiveIntegerField(default=1)
    fingerprint = models.CharField(max_length=64, unique=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.reason}: {self.event_type or 'no type'} {self.event_id}"


class FeedCursor(models.Model):
    """How far this copy has followed admin's feed; written in the transaction that applies the events."""

    name = models.CharField(max_length=63, primary_key=True)
    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} at {self.position}"
