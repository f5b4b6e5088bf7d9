"""Jobs: the rows are the truth, a message is but a hint that one may be run (docs/decisions/0020)."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone


class State(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(models.Model):
    """One piece of work, over all its attempts. `token` is the number of the attempt: a worker with an older one has
    lost the job and can write nothing more of it."""

    kind = models.CharField(max_length=32)  # one of settings.JOB_KINDS
    queue = models.CharField(max_length=32)
    label = models.CharField(max_length=500)  # what people call it: a URL, a file's name
    spec = models.JSONField(default=dict, encoder=DjangoJSONEncoder)  # what its kind wants to know
    by = models.CharField(max_length=200)
    schedule = models.CharField(max_length=200, default="", blank=True)  # the name of the one that asked for it
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    created_at = models.DateTimeField(default=timezone.now)
    run_at = models.DateTimeField(default=timezone.now)  # not before
    sent_at = models.DateTimeField(null=True)  # when its message went out
    started_at = models.DateTimeField(null=True)  # the attempt
    finished_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)  # the worker's last word, by the database's clock
    worker = models.CharField(max_length=255, default="", blank=True)  # host:pid of the process
    token = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)  # that failed for a reason which passes by
    crashes = models.PositiveIntegerField(default=0)  # attempts whose worker fell silent
    is_cancel_asked = models.BooleanField(default=False)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)  # where that is known
    counts = models.JSONField(default=dict)  # what it did, by its kind's words
    said = models.CharField(max_length=500, default="", blank=True)  # what it does now, or what became of it
    error = models.TextField(default="", blank=True)  # the traceback

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("state", "queue", "run_at"), name="job_waiting"),
            models.Index(fields=("schedule", "id"), name="job_of_schedule"),
            models.Index(fields=("finished_at",), name="job_finished"),
        )
        permissions = (("work_job", "Can retry, cancel, empty, pause and schedule jobs"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.label}"


class Line(models.Model):
    """A line of a job's log."""

    class Level(models.TextChoices):
        INFO = "info"
        WARNING = "warning"
        ERROR = "error"

    job = models.ForeignKey(Job, models.CASCADE, related_name="lines")
    at = models.DateTimeField(default=timezone.now)
    attempt = models.PositiveIntegerField()
    level = models.CharField(max_length=8, choices=Level, default=Level.INFO)
    text = models.CharField(max_length=2000)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.text
