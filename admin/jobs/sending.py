"""Messages to the workers: a hint for each job that may be run. One that is lost is sent again by a worker's sweep."""

import atexit
import contextlib
import queue
import threading
from datetime import timedelta

import structlog
from config.celery import app
from config.queues import PREFIX, queue_name
from django.db import Error, connections
from django.db.models import Q, QuerySet
from django.utils import timezone

from jobs.models import Job, State

log = structlog.get_logger()
TASK = "jobs.run"
SENT_AGAIN_AFTER = timedelta(minutes=10)  # a broker may lose its messages; a second one does no harm
GOODBYE_SECONDS = 3.0
# A kept connection is not known to be cut, as by a broker that was started again, before something is sent on it.
ONCE_MORE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}

_waiting: "queue.Queue[int]" = queue.Queue()
_lock = threading.Lock()
_sender: threading.Thread | None = None
_in_hand: int | None = None


def send_soon(job_id: int) -> None:
    """By a thread of this process: neither a broker that is away nor a slow one keeps the caller waiting."""
    global _sender
    _waiting.put(job_id)
    with _lock:
        if _sender is None or not _sender.is_alive():
            _sender = threading.Thread(target=_send_what_comes, name="jobs' sender", daemon=True)
            _sender.start()


def send(job_id: int) -> bool:
    """Whether it was to be sent, and was. Raises what the transport raises; the job is unsent then."""
    now = timezone.now()
    if not unsent().filter(pk=job_id).update(sent_at=now):
        return False
    job = Job.objects.only("queue").get(pk=job_id)
    try:
        # With the exchange's name: Celery would write past it, into the queue, which admin's user may not.
        route = {"exchange": PREFIX, "routing_key": job.queue, "queue": queue_name(job.queue)}
        app.send_task(TASK, args=[job_id], retry=True, retry_policy=ONCE_MORE, **route)
    except Exception:
        Job.objects.filter(pk=job_id, sent_at=now, state=State.QUEUED).update(sent_at=None)
        raise
    return True


def unsent() -> QuerySet[Job]:
    """What may be run, and has no message."""
    now = timezone.now()
    is_unsent = Q(sent_at=None) | Q(sent_at__lt=now - SENT_AGAIN_AFTER)
    return Job.objects.filter(is_unsent, state=State.QUEUED, run_at__lte=now).order_by("id")


def _send_what_comes() -> None:
    global _in_hand
    while True:
        _in_hand = job_id = _waiting.get()
        try:
            send(job_id)
        except Exception as error:  # kombu's transports raise what the libraries below them raise
            log.warning("job not sent, a worker's sweep will", job=job_id, error=str(error) or type(error).__name__)
        finally:
            connections.close_all()
            _in_hand = None
            _waiting.task_done()


@atexit.register
def _finish() -> None:
    """A command may end sooner than its messages are out; half sent, a job would wait for SENT_AGAIN_AFTER."""
    with _waiting.all_tasks_done:
        is_done = _waiting.all_tasks_done.wait_for(lambda: not _waiting.unfinished_tasks, GOODBYE_SECONDS)
    if not is_done and (job_id := _in_hand) is not None:
        with contextlib.suppress(Error):
            Job.objects.filter(pk=job_id, state=State.QUEUED).update(sent_at=None)
