from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from rest_framework_api_key.models import AbstractAPIKey


class Scope(models.TextChoices):
    """What a token lets its bearer do; each includes the ones before it."""

    READ = "read"
    WRITE = "write"
    OPERATE = "operate"

    def includes(self, other: "Scope") -> bool:
        order = list(Scope)
        return order.index(self) >= order.index(other)


def in_ninety_days() -> datetime:
    return timezone.now() + timedelta(days=90)


class Token(AbstractAPIKey):
    """A program's key: its hash alone is stored, so it is shown once, when it is made."""

    expiry_date = models.DateTimeField("expires", default=in_ninety_days)
    scope = models.CharField(max_length=8, choices=Scope.choices, default=Scope.READ)

    class Meta(AbstractAPIKey.Meta):
        verbose_name = "token"
        verbose_name_plural = "tokens"

    @property
    def state(self) -> str:
        return "revoked" if self.revoked else "expired" if self.has_expired else "valid"
