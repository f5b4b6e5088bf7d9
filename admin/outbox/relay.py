"""The relay: outbox → broker. One step claims a batch, publishes it, and settles what the broker said of it."""

import random
import select
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import structlog
from config.databases import explain
from django.conf import settings
from django.db import Error, close_old_connections, reset_queries, transaction
from django.db.models import F
from django.db.models.functions import Now
from processes import live
from processes.activity import activity
from processes.heartbeat import BEAT_SECONDS, Heartbeat
from processes.models import State

from outbox import following, telling, wakeup
from outbox.batches import PAGE, Claimed, claim, forget
from outbox.lease import LeaseLost, RelayLease, from_now
from outbox.models import OutboxEvent, Reason
from outbox.outcomes import ERRORS, BatchRefused, BrokerRefused, BrokerUnavailable, Cause, Outcomes
from outbox.publisher import Publisher

log = structlog.get_logger()


class Relay:
    def __init__(self, *, address: str = "") -> None:
        """`address`: of the process's own HTTP server, for others to find it."""
        self._heartbeat = Heartbeat(role="relay", address=address)
        self._conf = settings.OUTBOX
        self._ear = wakeup.listen()
        host, port = self._ear.getsockname()
        self._lease = RelayLease(wake_address=f"{host}:{port}")
        self._publisher = Publisher(
            urls=settings.BROKER_URL, confirm_seconds=self._conf.confirm_seconds, wakes=self._ear
        )
        self._batch = self._conf.batch
        self._failures = 0  # in a row, of the relay as a whole
        self._is_active: bool | None = None  # it has not asked yet
        self._trouble = ""  # what is in the way of the relay as a whole
        self._is_stopping = False
        self._is_database_away = False
        self._is_lingering = False

    def run(self, *, once: bool = False) -> bool:
        """Relays until `stop`; with `once`, until nothing is left that could go now. True if that went well."""
        self._heartbeat.look()
        while not self._is_stopping:
            began = time.monotonic()
            delay = self._turn()
            if once and (self._failures or self._heartbeat.is_paused or (delay and self._is_active)):
                break
            if self._is_lingering:
                time.sleep(max(0.0, began + self._conf.linger_seconds - time.monotonic()))
            self._wait(delay)
        self._close()
        return not self._failures and not self._heartbeat.is_paused

    def stop(self) -> None:
        """For a signal handler: ends the current wait; the step under way is finished first."""
        self._is_stopping = True
        self._ear.sendto(b"", self._ear.getsockname())

    def step(self) -> float:
        """One round; returns how many seconds to wait before the next, 0 when there may be more to do at once."""
        self._set_active(self._lease.take())
        if not self._is_active:
            self._publisher.close()
            return self._conf.lease_seconds / 3
        if not self._publisher.is_open:
            self._publisher.open()
            log.info("relay connected to broker", broker=self._publisher.where)
        limit, began = min(self._batch, PAGE), time.time_ns()
        outcomes = self._publish(claim(limit=self._batch))
        # In a stream of commits the next round waits for a few events, so that it is worth its transactions.
        self._is_lingering = 0 < len(outcomes.sent) < limit
        if not outcomes.sent:
            self._failures = 0
            return self._conf.poll_seconds
        self._settle(outcomes)
        following.published(outcomes, since=began)
        if outcomes.broken and not isinstance(outcomes.broken, BatchRefused):
            raise outcomes.broken
        return self._pace(outcomes)

    def _turn(self) -> float:
        """A step, or none while the relay is paused; the heartbeat tells which."""
        close_old_connections()
        reset_queries()
        self._is_lingering = False
        delay = self._conf.poll_seconds if self._heartbeat.is_paused else self._guarded_step()
        if not self._is_database_away:
            self._heartbeat.beat(*self._condition(is_idle=delay > 0))
        return delay

    def _condition(self, *, is_idle: bool) -> tuple[State, str]:
        if self._heartbeat.is_paused:
            return State.PAUSED, ""
        if self._trouble:
            return State.NO_SOURCE, self._trouble
        if not self._is_active:
            return State.STANDING_BY, ""
        return State.IDLE if is_idle else State.WORKING, self._publisher.where

    def _guarded_step(self) -> float:
        """A step whose troubles are said in one line and waited out."""
        self._is_database_away, self._trouble = False, ""
        try:
            return self.step()
        except BrokerUnavailable as error:
            self._publisher.close()
            activity.errors[error.cause] += 1
            activity.gauges["broker_blocked"] = error.cause is Cause.BLOCKED
            self._trouble = str(error)
            return self._back_off("relay waits for broker", str(error), slowly=isinstance(error, BrokerRefused))
        except Error as error:
            self._is_database_away = True
            return self._back_off("relay waits for database", explain(error))
        except LeaseLost:
            log.warning("relay lost its lease")
            return 0

    def _publish(self, events: Iterable[Claimed]) -> Outcomes:
        """Publishes; after the broker refused a batch as a whole, batches of one find the event at fault."""
        began = time.monotonic()
        outcomes = self._publisher.publish(events, beat=self._beat)
        if outcomes.sent:
            activity.batch(seconds=time.monotonic() - began, events=len(outcomes.sent))
        if isinstance(outcomes.broken, BatchRefused):
            self._publisher.close()
            log.warning("broker refused a batch", events=len(outcomes.sent), error=str(outcomes.broken))
            self._batch = 1
            if len(outcomes.sent) == 1:
                outcomes.failed[outcomes.sent[0].id] = Reason.REFUSED
        elif not outcomes.broken:
            self._batch = min(self._batch * 2, self._conf.batch)
        return outcomes

    def _beat(self) -> None:
        self._lease.take()
        self._heartbeat.keep()

    def _settle(self, outcomes: Outcomes) -> None:
        """Confirm, then delete: a relay killed in between publishes again, which the version guard makes harmless."""
        attempts = {event.id: event.attempts for event in outcomes.sent}
        groups: dict[tuple[Reason, int], list[int]] = defaultdict(list)
        for event_id, reason in outcomes.failed.items():
            groups[reason, attempts[event_id]].append(event_id)
        with transaction.atomic():
            self._lease.renew()
            forget(outcomes.confirmed)
            for (reason, tried), ids in groups.items():
                self._keep(ids, reason=reason, attempts=tried + 1)
        if live.is_heard():
            telling.settled(outcomes)
        if outcomes.confirmed:
            activity.through({"published": len(outcomes.confirmed)})
            activity.types.update(outcomes.confirmed_types())
            activity.gauges["broker_blocked"] = False
        if groups:
            stay = Counter(map(str, outcomes.failed.values()))
            activity.counts.update(stay)
            log.warning("events stay in the outbox", **stay)

    def _keep(self, ids: Sequence[int], *, reason: Reason, attempts: int) -> None:
        is_held = reason is Reason.REFUSED and attempts >= self._conf.hold_after
        # One that an operator has held while it was out stays as he left it.
        OutboxEvent.objects.filter(id__in=ids, held_at=None).update(
            attempts=F("attempts") + 1,
            next_attempt_at=from_now(self._delay(attempts)),
            reason=reason,
            last_error=ERRORS[reason],
            held_at=Now() if is_held else None,
        )

    def _pace(self, outcomes: Outcomes) -> float:
        """At once where something went out; where a whole batch came back, the whole relay backs off."""
        if outcomes.confirmed or not outcomes.failed:
            self._failures = 0
            return 0
        if Reason.NACKED in outcomes.failed.values():
            # A quorum queue whose limit is lifted while it refuses never tells this channel; a new one asks anew.
            self._publisher.close()
        self._failures += 1
        return self._delay(self._failures)

    def _back_off(self, event: str, error: str, *, slowly: bool = False) -> float:
        self._failures += 1
        delay = self._conf.retry_max_seconds if slowly else self._delay(self._failures)
        log.warning(event, error=error, retry_in_seconds=round(delay, 1), attempt=self._failures)
        return delay

    def _delay(self, attempts: int) -> float:
        """Doubles from a quarter of a second up to retry_max_seconds, with jitter so that many do not march in step."""
        seconds: float = min(0.25 * 2 ** min(attempts, 20), self._conf.retry_max_seconds)
        return seconds * random.uniform(0.7, 1.0)

    def _wait(self, seconds: float) -> None:
        """Waits; a commit ends it unless the relay backs off, or every commit would be an attempt of its own."""
        deadline = time.monotonic() + seconds
        while not self._is_stopping and (left := deadline - time.monotonic()) > 0:
            is_cut_off = not self._listen(min(left, BEAT_SECONDS))
            self._heartbeat.keep(writing=not self._is_database_away)
            if (wakeup.drain(self._ear) or is_cut_off) and not self._failures:
                break

    def _listen(self, seconds: float) -> bool:
        """False: the broker was lost meanwhile."""
        if not self._publisher.is_open:
            select.select([self._ear], [], [], seconds)
            return True
        try:
            self._publisher.wait(seconds)
        except BrokerUnavailable as error:
            self._publisher.close()
            activity.errors[error.cause] += 1
            log.warning("relay lost the broker", error=str(error))
            return False
        return True

    def _set_active(self, is_active: bool) -> None:
        if is_active != self._is_active:
            log.info("relay is active" if is_active else "relay stands by", holder=self._lease.holder)
        self._is_active = is_active

    def _close(self) -> None:
        self._publisher.close()
        if self._is_database_away:  # to ask it once more would take as long again
            log.warning("lease not released, it will expire")
        else:
            self._release()
            self._heartbeat.stop()
        log.info("relay stopped")

    def _release(self) -> None:
        try:
            self._lease.release()
        except Error as error:
            log.warning("lease not released, it will expire", error=explain(error))
