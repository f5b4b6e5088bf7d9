"""Works dead letters off: each by itself, through the processor that every event goes through.

So the version guard makes it safe, however old the letter and however busy the copy.
"""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from config.printable import printable
from django.db import close_old_connections, reset_queries

from inbox import queries
from inbox.envelope import Delivery, Rejected, read
from inbox.models import DeadLetter, Reason
from inbox.processor import Processor
from inbox.queries import Wanted
from inbox.routing import Outcome, Router
from inbox.transactions import DatabaseUnavailable

log = structlog.get_logger()
GONE = "gone"  # somebody else was quicker
LONGEST_SLEEP_SECONDS = 0.05  # a signal is heard between two of these


class Pace:
    """Goes through what is wanted, so many a second at most, until its end or `stop`."""

    def __init__(self, *, wanted: Wanted, rate: float) -> None:
        self._letters = wanted.letters
        self._seconds = 1 / rate
        self.is_stopping = False
        self.total = self._letters.count()

    def stop(self) -> None:
        """For a signal handler."""
        self.is_stopping = True

    def __iter__(self) -> Iterator[DeadLetter]:
        due = time.monotonic()
        for page in queries.pages(self._letters):
            for letter in page:
                while not self.is_stopping and (left := due - time.monotonic()) > 0:
                    time.sleep(min(left, LONGEST_SLEEP_SECONDS))
                if self.is_stopping:
                    return
                due = max(due, time.monotonic() - self._seconds) + self._seconds
                close_old_connections()
                reset_queries()
                # Whole and one at a time: a page of bodies may be gigabytes. Somebody else may have worked it by now.
                if (whole := DeadLetter.objects.filter(id=letter.id).first()) is not None:
                    yield whole


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of one letter: an outcome or `stays`, and what is to be said of it."""

    outcome: str
    said: str


class Retrier:
    def __init__(self, *, may_kill: bool) -> None:
        """`may_kill`: letters that the broker gave up on are tried too, which may kill this process as well."""
        self._may_kill = may_kill
        self._processor = Processor()
        self._router = Router()

    def obstacle(self, letter: DeadLetter) -> str:
        """Why the letter is not to be retried, nothing where it may be."""
        if letter.reason == Reason.GIVEN_UP and not self._may_kill:
            return f"the broker gave up on it: it may kill this process too, ask for it: dead_letters retry {letter.id}"
        if hashlib.sha256(letter.body).hexdigest() != letter.fingerprint:
            return "its body was too large to be kept whole: let admin publish the product anew"
        return ""

    def foresee(self, letter: DeadLetter) -> Retried:
        """What a retry would come to. Whether the projection fails on it, only a retry can tell."""
        if obstacle := self.obstacle(letter):
            return Retried("stays", obstacle)
        try:
            envelope = read(bytes(letter.body))
            _, change = self._router.resolve(envelope)
        except Rejected as rejection:
            return Retried(Outcome.REJECTED, f"{rejection.reason}: {rejection.error}")
        current = self._router.current(event_type=envelope.type, subject=envelope.subject)
        held = current["version"] if current else 0
        if change.data.version > held:
            return Retried(Outcome.APPLIED, f"the copy has version {held}" if held else "the copy has no such row")
        outcome = Outcome.DUPLICATE if change.data.version == held else Outcome.STALE
        return Retried(outcome, f"the copy already has version {held}")

    def retry(self, letter: DeadLetter) -> Retried:
        """Deletes the letter where its event is in the copy, or older than it. Raises DatabaseUnavailable."""
        if obstacle := self.obstacle(letter):
            return Retried("stays", obstacle)
        delivery = Delivery(body=bytes(letter.body), source=letter.source, properties=letter.headers)
        try:
            (outcome,) = self._processor.process([delivery])
        except DatabaseUnavailable:
            raise
        except Exception as error:  # whatever it is, the others get their turn
            return Retried("stays", f"{type(error).__name__}: {error}")
        if outcome is Outcome.REJECTED:
            return Retried("rejected", _why(letter))
        # Apply, then delete: killed between two commits, the letter is retried once more and is a duplicate.
        said = self._explain(outcome, letter)
        if not _delete(letter):
            # Of several that work it at once, who has applied it need not be who deletes it.
            return Retried(GONE, f"{outcome}, {said}; somebody else has closed it meanwhile")
        return Retried(outcome, said)

    def _explain(self, outcome: Outcome, letter: DeadLetter) -> str:
        if outcome is Outcome.APPLIED:
            return "it is in the copy now"
        current = self._router.current(event_type=letter.event_type, subject=letter.subject)
        return f"the copy already has version {current['version']}" if current else "the copy already has it"


def discard(letter: DeadLetter) -> bool:
    """Whether it was still there."""
    is_done = _delete(letter)
    if is_done:
        log.info("dead letter discarded", id=letter.id, reason=letter.reason, event_id=printable(letter.event_id))
    return is_done


def _delete(letter: DeadLetter) -> bool:
    """Whether this call did it: of several that work a letter at once, one is told its outcome."""
    return bool(DeadLetter.objects.filter(id=letter.id).delete()[0])


def _why(letter: DeadLetter) -> str:
    """What the processor has just stored with it."""
    found = DeadLetter.objects.filter(fingerprint=letter.fingerprint).values_list("reason", "error").first()
    return ": ".join(found) if found else ""
