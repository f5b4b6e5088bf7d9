"""The long-running processes as their database sees them: who lives, in which state, and what each minute brought."""

from django.db import models


class State(models.TextChoices):
    """What a process is doing, as it says itself."""

    WORKING = "working"
    IDLE = "idle"
    STANDING_BY = "standing_by", "standing by"  # another relay is the active one
    PAUSED = "paused"
    NO_SOURCE = "no_source", "cut off"  # the broker, or what it follows without one, cannot be reached
    STOPPED = "stopped"


class Process(models.Model):
    """One run of a relay or consumer. `beat_at` is its heartbeat, by the database's clock."""

    role = models.CharField(max_length=16)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    version = models.CharField(max_length=32)
    address = models.CharField(max_length=255, default="", blank=True)  # of its own HTTP server, host:port
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=16, choices=State)
    since = models.DateTimeField()  # of this state
    said = models.CharField(max_length=500, default="", blank=True)  # what it is connected to, or what is in its way
    last_event_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("role", "id")
        permissions = (("pause_process", "Can pause and resume processes"),)

    def __str__(self) -> str:
        return f"{self.role} {self.host}/{self.pid}"


class Pause(models.Model):
    """While the row is there, every process of the role waits."""

    role = models.CharField(max_length=16, primary_key=True)
    paused_at = models.DateTimeField()
    by = models.CharField(max_length=200)
    reason = models.CharField(max_length=200, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.role}, by {self.by}"


class Minute(models.Model):
    """What one process did in one minute. `lag` counts by the buckets of `activity.LAG_BUCKETS`, the last one open."""

    process = models.ForeignKey(Process, models.CASCADE)
    at = models.DateTimeField(db_index=True)
    counts = models.JSONField(default=dict)
    lag = models.JSONField(default=list)

    class Meta:
        ordering = ("at", "id")
        constraints = (models.UniqueConstraint(fields=("process", "at"), name="one_row_a_minute"),)

    def __str__(self) -> str:
        return f"{self.process_id} at {self.at:%H:%M}"
