from django.db import models


class Via(models.TextChoices):
    CONSOLE = "console"
    COMMAND = "command", "command line"
    API = "api", "API"


class AuditEntry(models.Model):
    """Who did what, and by which way. An entry is never changed."""

    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=200)  # a user's or token's name, or who ran the command where
    via = models.CharField(max_length=8, choices=Via)
    action = models.CharField(max_length=64, db_index=True)  # which ones there are, the filter asks each time
    target = models.CharField(max_length=200)
    said = models.CharField(max_length=1000, default="", blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.actor}: {self.action} {self.target}"
