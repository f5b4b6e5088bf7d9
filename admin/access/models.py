from django.db import models
from rest_framework_api_key.models import AbstractAPIKey


class Scope(models.TextChoices):
    """What a token lets its bearer do; each includes the ones before it."""

    READ = "read"
    WRITE = "write"
    OPERATE = "operate"

    def includes(self, other: "Scope") -> bool:
        order = list(Scope)
        return order.index(self) >= order.index(other)


class Token(AbstractAPIKey):
    """A program's key: its hash alone is stored, so it is shown once, when it is made."""

    scope = models.CharField(max_length=8, choices=Scope.choices, default=Scope.READ)

    class Meta(AbstractAPIKey.Meta):
        verbose_name = "token"
        verbose_name_plural = "tokens"
