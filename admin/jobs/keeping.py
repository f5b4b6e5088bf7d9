"""Keeps a job its worker's while the handler works: a thread beside it, since a page may take long to come."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import structlog
from django.conf import settings
from django.db import Error, connections

from jobs import claims
from jobs.errors import Cancelled, HandedBack, Interrupted, Lost, TooLong
from jobs.models import State
from jobs.runs import Run
from jobs.stopping import stopping

log = structlog.get_logger()
BEAT_SECONDS = 1.0
PATIENCE_SECONDS = 4.0  # for the handler, to see that it is to stop; after them the job is taken from it


@contextlib.contextmanager
def kept(run: Run) -> Iterator[None]:
    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(run, over), name=f"job {run.job.pk}", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep(run: Run, over: threading.Event) -> None:
    try:
        while not over.wait(BEAT_SECONDS):
            if why := _reason(run):
                run.interrupt(why)
                if not _is_over_soon(run, over):
                    _take_away(run, why)
                return
    finally:
        connections.close_all()


def _reason(run: Run) -> type[Interrupted] | None:
    """Why the attempt is to stop, if it is."""
    if stopping.is_set():
        return HandedBack
    if run.is_over:
        return TooLong
    try:
        return Cancelled if run.beat() else None
    except Lost:
        return Lost
    except Error as error:  # the lease may run out over it, and then it does
        log.warning("job cannot say that it lives", job=run.job.pk, error=str(error))
        connections.close_all()
        return None


def _is_over_soon(run: Run, over: threading.Event) -> bool:
    """Whether the handler stops by itself. Meanwhile it is alive, and no other worker is to have its job."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if over.wait(min(BEAT_SECONDS, PATIENCE_SECONDS)):
            return True
        with contextlib.suppress(Error, Lost):
            run.beat()
    return False


def _take_away(run: Run, why: type[Interrupted]) -> None:
    """The handler is in the midst of a long step. What it writes afterwards is refused, as the job is not its own."""
    with contextlib.suppress(Error):
        ENDINGS[why](run)


ENDINGS: dict[type[Interrupted], Callable[[Run], object]] = {
    HandedBack: lambda run: claims.put_back(run, "Its worker ends; another one goes on.", is_failure=False),
    Cancelled: lambda run: claims.finish(run, State.CANCELLED, "Cancelled."),
    TooLong: lambda run: claims.finish(run, State.FAILED, TOO_LONG.format(settings.JOBS.seconds), level="error"),
    Lost: lambda run: None,
}
TOO_LONG = "It took longer than JOBS_SECONDS={} allows. Import less at a time, or allow more."
