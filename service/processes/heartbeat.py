"""The heartbeat of a long-running process: its row, what it did in this minute, and whether it is to pause.

Written by the process's own loop, so that one which is stuck falls silent as a dead one does.
"""

import contextlib
import os
import socket
import time
from collections import Counter
from datetime import datetime, timedelta

from config.version import VERSION
from django.db import Error, close_old_connections, transaction
from django.db.models.functions import Now
from django.utils import timezone

from processes import alive
from processes.activity import activity
from processes.models import Minute, Pause, Process, State

BEAT_SECONDS = 2.0  # at most so often; an idle loop turns every few seconds
KEPT = timedelta(hours=25)
PRUNE_SECONDS = 3600.0


class Heartbeat:
    def __init__(self, *, role: str, address: str = "") -> None:
        """`address`: host:port of the process's own HTTP server, where it has one."""
        self.is_paused = False
        self._address = address
        self._role = role
        self._process: Process | None = None
        self._state: State | None = None  # as the row says
        self._said = ""
        self._written_at = self._pruned_at = float("-inf")
        self._minute = _this_minute()
        self._before: tuple[Counter[str], list[int]] = _done()  # at the minute's beginning

    def beat(self, state: State, said: str = "") -> None:
        """Costs nothing but when the state has changed, or some seconds have passed.

        A database in trouble is no news here: the loop meets it itself and says so.
        """
        alive.note()
        if state is self._state and time.monotonic() - self._written_at < BEAT_SECONDS:
            return
        self._written_at = time.monotonic()
        self.look()
        with contextlib.suppress(Error):
            with transaction.atomic():
                self._write(state, said)
            self._state, self._said = state, said

    def look(self) -> None:
        """Whether to pause. By itself at the beginning, since a write may have to wait for other writers."""
        close_old_connections()  # one that broke while the loop was idle must not be the end of all heartbeats
        with contextlib.suppress(Error):
            self.is_paused = Pause.objects.filter(role=self._role).exists()

    def keep(self, *, writing: bool = True) -> None:
        """Within a long step, or a long wait: still the same. Without `writing` in memory alone."""
        alive.note()
        if writing and self._process is not None and self._state is not None:
            self.beat(self._state, self._said)

    def stop(self) -> None:
        if self._process is not None:
            self.beat(State.STOPPED)

    def _write(self, state: State, said: str) -> None:
        news = {"beat_at": Now(), "said": said[:500], "address": self._address, "state": state}
        if state is not self._state:
            news["since"] = Now()
        if activity.last_event_at is not None:
            news["last_event_at"] = activity.last_event_at
        # The row is gone after a long sleep, or where the database was set back.
        if self._process is None or not Process.objects.filter(pk=self._process.pk).update(**news):
            self._process = self._begin(news)
        self._tell_minute(self._process)
        if time.monotonic() - self._pruned_at > PRUNE_SECONDS:
            self._pruned_at = time.monotonic()
            Minute.objects.filter(at__lt=timezone.now() - KEPT).delete()
            Process.objects.filter(beat_at__lt=timezone.now() - KEPT).delete()

    def _begin(self, news: dict[str, object]) -> Process:
        identity = {"role": self._role, "host": socket.gethostname(), "pid": os.getpid(), "version": VERSION}
        return Process.objects.create(**identity, **news | {"started_at": Now(), "since": Now()})

    def _tell_minute(self, process: Process) -> None:
        """The minute's totals so far, so that a beat which failed is made good by the next one."""
        counts, lag = _done()
        done = {name: number for name in counts if (number := counts[name] - self._before[0][name])}
        lags = [now - before for now, before in zip(lag, self._before[1], strict=True)]
        if done:
            Minute.objects.update_or_create(process=process, at=self._minute, defaults={"counts": done, "lag": lags})
        if (minute := _this_minute()) != self._minute:
            self._minute, self._before = minute, (counts, lag)


def _this_minute() -> datetime:
    return timezone.now().replace(second=0, microsecond=0)


def _done() -> tuple[Counter[str], list[int]]:
    return Counter(activity.counts), list(activity.lag.counts)
