"""A job from its claim to its end, whatever its handler does."""

import time
import traceback
from typing import Literal, NamedTuple

import structlog
from django.conf import settings
from django.db import Error, InterfaceError, OperationalError, close_old_connections

from jobs import claims, kinds
from jobs.errors import Interrupted, Later, Refused
from jobs.keeping import ENDINGS, kept
from jobs.models import Line, State
from jobs.runs import Run

log = structlog.get_logger()
WAITS = (0.5, 1.0, 2.0, None)  # seconds between the tries at a database that is away; None: there is no other


def work(job_id: int, *, worker: str) -> str:
    """What became of it, in a word: for the log alone, since the row tells the rest. Raises django.db.Error where the
    database is away for too long to claim it: nothing was done, and its message must not be used up by that."""
    run = _claimed(job_id, worker)
    if run is None:
        return "not mine"
    log.info("job begins", job=job_id, kind=run.job.kind, attempt=run.job.token, label=run.job.label)
    with kept(run):
        end = _attempt(run)
    is_written = _write(run, end)
    word = end.__name__ if isinstance(end, type) else end.word
    log.info("job ends", job=job_id, kind=run.job.kind, attempt=run.job.token, became=word, is_written=is_written)
    return word


def _claimed(job_id: int, worker: str) -> Run | None:
    for wait in WAITS:
        try:
            return claims.claim(job_id, worker=worker)
        except Error as error:
            log.warning("job cannot be claimed", job=job_id, error=str(error))
            if wait is None:
                raise
            time.sleep(wait)
            close_old_connections()
    return None


class End(NamedTuple):
    word: Literal["succeeded", "failed", "later"]
    said: str
    error: str = ""  # the traceback


def _attempt(run: Run) -> End | type[Interrupted]:
    try:
        return End("succeeded", kinds.handler(run.job.kind)(run))
    except Interrupted as error:
        return type(error)
    except Refused as error:
        return End("failed", str(error))
    except Later as error:
        return End("later", str(error), traceback.format_exc())
    except (OperationalError, InterfaceError) as error:
        return End("later", f"The database failed: {error}.", traceback.format_exc())
    except Exception as error:
        log.exception("job failed", job=run.job.pk)
        return End("failed", f"{type(error).__name__}: {error}", traceback.format_exc())


def _write(run: Run, end: End | type[Interrupted]) -> bool:
    """A database that is away may be back in a moment; later the lease runs out, and another worker goes on."""
    for wait in WAITS:
        try:
            close_old_connections()
            return _end(run, end)
        except Error as error:
            log.warning("job cannot be ended", job=run.job.pk, error=str(error))
            if wait is not None:
                time.sleep(wait)
    return False


def _end(run: Run, end: End | type[Interrupted]) -> bool:
    if isinstance(end, type):
        return bool(ENDINGS[end](run))
    if end.word == "succeeded":
        return claims.finish(run, State.SUCCEEDED, end.said)
    if end.word == "later" and run.job.tries + 1 < settings.JOBS.tries:
        return claims.put_back(run, end.said, is_failure=True)
    said = f"Gave up after {settings.JOBS.tries} tries. {end.said}" if end.word == "later" else end.said
    return claims.finish(run, State.FAILED, said, error=end.error, level=Line.Level.ERROR)
