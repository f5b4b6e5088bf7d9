"""One active relay at a time: a row that its holder renews. All times are the database's own."""

import os
import socket
import time
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from outbox.models import Lease

NAME = "relay"


class LeaseLost(Exception):
    """Another relay has taken over while this one was away; what it did meanwhile may be published twice."""


class RelayLease:
    def __init__(self, *, wake_address: str) -> None:
        self.holder = f"{socket.gethostname()}:{os.getpid()}"
        self._wake_address = wake_address
        self._token = 0
        self._sure_until = 0.0

    def take(self) -> bool:
        """True if this relay is the active one for the next lease_seconds: it was already, or the lease was free."""
        if self._token and (time.monotonic() < self._sure_until or self._extend(self._mine())):
            return True
        self._token = 0
        Lease.objects.get_or_create(name=NAME, defaults={"expires_at": Now(), "holder": ""})
        if not self._extend(Q(expires_at__lte=Now()), holder=self.holder, token=F("token") + 1):
            return False
        self._token = Lease.objects.values_list("token", flat=True).get(name=NAME, holder=self.holder)
        return True

    def renew(self) -> None:
        """Proves, within the caller's transaction, that the lease is still ours. Raises LeaseLost."""
        if not self._extend(self._mine()):
            self._token = 0
            raise LeaseLost

    def release(self) -> None:
        """Lets a standby take over at once."""
        Lease.objects.filter(self._mine(), name=NAME).update(expires_at=Now())
        self._token = 0

    def _mine(self) -> Q:
        """Whoever takes an expired lease raises the token; while nobody has, it is still ours."""
        return Q(holder=self.holder, token=self._token)

    def _extend(self, condition: Q, **changes: object) -> bool:
        sure_until = time.monotonic() + settings.OUTBOX.lease_seconds / 3
        expires_at = from_now(settings.OUTBOX.lease_seconds)
        rows = Lease.objects.filter(condition, name=NAME)
        extended = rows.update(expires_at=expires_at, wake_address=self._wake_address, **changes) == 1
        self._sure_until = sure_until if extended else 0.0
        return extended


def from_now(seconds: float) -> models.Expression:
    """That many seconds from now, by the database's clock."""
    later = Now() + timedelta(seconds=seconds)
    return models.ExpressionWrapper(later, output_field=models.DateTimeField())
