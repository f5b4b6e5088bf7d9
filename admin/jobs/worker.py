"""What a worker's main process does beside Celery: its heartbeat, and the sweep for jobs without a message."""

import ctypes
import os
import signal
import socket
import sys
import threading
from typing import Any

import structlog
from celery.signals import (
    beat_embedded_init,
    celeryd_after_setup,
    worker_process_init,
    worker_shutdown,
    worker_shutting_down,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connections
from processes.heartbeat import Heartbeat
from processes.models import State as Doing
from processes.server import serve

from jobs import claims, sweeping
from jobs.metrics import collect
from jobs.models import Job, State
from jobs.roles import WORKER
from jobs.stopping import stopping

log = structlog.get_logger()
SWEEP_SECONDS = 2.0
PR_SET_PDEATHSIG = 1
GOODBYE_SECONDS = 5.0
_main = os.getpid()
_over = threading.Event()
_keepers: list[threading.Thread] = []


@celeryd_after_setup.connect
def begin(instance: Any, **_: Any) -> None:
    """`instance`: Celery's worker, before it looks for the broker: a worker without one is there, and says so."""
    args = (Heartbeat(role=WORKER, address=served()), instance)
    _keepers.append(threading.Thread(target=_keep, args=args, name="keeper", daemon=True))
    _keepers[-1].start()
    log.info("worker begins", processes=instance.concurrency, broker=bool(settings.BROKER_URL))


def served() -> str:
    """The address of this process's own HTTP server, where it is to have one; else the process ends."""
    try:
        return serve(settings.METRICS_BIND, metrics=collect) if settings.METRICS_BIND else ""
    except ImproperlyConfigured as error:  # which Celery would put into its log, and go on
        sys.stderr.write(f"celery: {error}\n")
        sys.exit(2)


@worker_shutting_down.connect
def end(**_: Any) -> None:
    """What runs is handed back: another worker, or the next one here, goes on with it."""
    stopping.set()
    _over.set()


@worker_shutdown.connect
def leave(**_: Any) -> None:
    """Its last word is that it has stopped."""
    for keeper in _keepers:
        keeper.join(GOODBYE_SECONDS)


@worker_process_init.connect
@beat_embedded_init.connect
def die_with_the_parent(**_: Any) -> None:
    """On Linux. Celery's own children outlive one that was killed, and wait for ever."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != _main:  # it has died already
        os._exit(1)


def _keep(heartbeat: Heartbeat, worker: Any) -> None:
    trouble = ""
    while not _over.wait(SWEEP_SECONDS):
        try:
            before, (doing, said) = trouble, _turn(heartbeat, worker)
            trouble = said if doing is Doing.NO_SOURCE else ""
            if trouble and not before:
                log.warning("worker cut off", error=trouble)
            heartbeat.beat(doing, said)
        finally:
            connections.close_all()  # a child that is forked just now must not share one
        _require_beat(worker)
    heartbeat.stop()
    connections.close_all()


def _require_beat(worker: Any) -> None:
    """Where the schedules are this worker's too, and their process has died, nobody starts that again but with all."""
    beat = getattr(worker, "beat", None)
    if beat is not None and beat.exitcode is not None and not _over.is_set():
        log.error("schedules' process has died, the worker ends to be started again", exit_code=beat.exitcode)
        os.kill(os.getpid(), signal.SIGTERM)


def _turn(heartbeat: Heartbeat, worker: Any) -> tuple[Doing, str]:
    """Sweeps; what the worker does, and in words. What is in the way is told, and tried again."""
    try:
        if heartbeat.is_paused:
            claims.take_from_the_dead()
        else:
            sweeping.sweep()
        busy = Job.objects.filter(state=State.RUNNING, worker__startswith=f"{socket.gethostname()}:").count()
    except Error as error:
        return Doing.NO_SOURCE, f"database: {error}"
    except Exception as error:  # kombu's transports raise what the libraries below them raise
        return Doing.NO_SOURCE, f"broker: {str(error) or type(error).__name__}"
    if not _is_connected(worker):
        return Doing.NO_SOURCE, "broker: not connected"
    doing = Doing.PAUSED if heartbeat.is_paused else Doing.WORKING if busy else Doing.IDLE
    return doing, f"{busy} of {worker.concurrency} processes busy"


def _is_connected(worker: Any) -> bool:
    connection = getattr(worker.consumer, "connection", None)
    return bool(connection and connection.connected)
