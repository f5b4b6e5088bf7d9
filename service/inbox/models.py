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
    # What many letters have in common (inbox/causes.py). The database has its default too, for a consumer of before.
    cause = models.CharField(max_length=200, default="", db_default="", blank=True)
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
        permissions = (("work_deadletter", "Can retry and discard dead letters"),)
        indexes = (
            models.Index(fields=("cause", "id"), name="inbox_letter_cause"),
            models.Index(fields=("subject", "id"), name="inbox_letter_subject"),
            models.Index(fields=("reason", "first_seen_at"), name="inbox_letter_reason"),  # all that the summary tells
            # All that the groups tell of each, so that no body is read for it, however many letters there are.
            models.Index(
                fields=("cause", "reason", "subject", "first_seen_at", "last_seen_at"), name="inbox_letter_groups"
            ),
        )

    def __str__(self) -> str:
        return f"{self.reason}: {self.event_type or 'no type'} {self.event_id}"


class Action(models.TextChoices):
    RETRY = "retry"
    DISCARD = "discard"


class Run(models.Model):
    """A retry or discard of many letters that somebody began from a page: which ones, how far it is, what came of it.

    Its id is made with the form that begins it, so that the same form sent twice begins one run.
    """

    id = models.UUIDField(primary_key=True)
    action = models.CharField(max_length=8, choices=Action)
    is_rehearsal = models.BooleanField(default=False)
    wanted = models.JSONField(default=dict)
    why = models.CharField(max_length=500, default="", blank=True)
    by = models.CharField(max_length=200)
    started_at = models.DateTimeField(db_index=True)
    finished_at = models.DateTimeField(null=True)
    is_stopped = models.BooleanField(default=False)
    newest = models.BigIntegerField()  # what comes after it is not meant
    after = models.BigIntegerField(default=0)  # up to which letter it is done
    total = models.PositiveIntegerField()
    counts = models.JSONField(default=dict)
    said = models.TextField(default="", blank=True)  # why it does not go on
    busy_until = models.DateTimeField(null=True)  # some request works at it

    class Meta:
        default_permissions = ()  # who may work letters may see it
        ordering = ("-started_at", "id")

    def __str__(self) -> str:
        return f"{self.action} of {self.total} by {self.by}"


class FeedCursor(models.Model):
    """How far this copy has followed admin's feed; written in the transaction that applies the events."""

    name = models.CharField(max_length=63, primary_key=True)
    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} at {self.position}"
