"""What a worker's main process does beside Celery: its heartbeat, and the sweep for jobs without a message."""

import ctypes
import os
import signal
import socket
import sys
import threading
from typing import Any

import structlog
from celery.signals import beat_embedded_init, worker_process_init, worker_ready, worker_shutdown, worker_shutting_down
from django.conf import settings
from django.db import Error, connections
from processes.heartbeat import Heartbeat
from processes.models import State as Doing
from processes.server import serve

from jobs import sweeping
from jobs.claims import ROLE
from jobs.metrics import collect
from jobs.models import Job, State
from jobs.stopping import stopping

log = structlog.get_logger()
SWEEP_SECONDS = 2.0
PR_SET_PDEATHSIG = 1
GOODBYE_SECONDS = 5.0
_over = threading.Event()
_keepers: list[threading.Thread] = []


@worker_ready.connect
def begin(sender: Any, **_: Any) -> None:
    """`sender`: Celery's consumer."""
    address = serve(settings.METRICS_BIND, metrics=collect) if settings.METRICS_BIND else ""
    size = sender.controller.concurrency
    args = (Heartbeat(role=ROLE, address=address), size)
    _keepers.append(threading.Thread(target=_keep, args=args, name="keeper", daemon=True))
    _keepers[-1].start()
    log.info("worker ready", processes=size, broker=bool(settings.BROKER_URL))


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


def _keep(heartbeat: Heartbeat, size: int) -> None:
    trouble = ""
    while not _over.wait(SWEEP_SECONDS):
        try:
            trouble = _turn(heartbeat, size, trouble)
        finally:
            connections.close_all()  # a child that is forked just now must not share one
    heartbeat.stop()
    connections.close_all()


def _turn(heartbeat: Heartbeat, size: int, before: str) -> str:
    """What is in the way of sending, told once."""
    trouble = ""
    try:
        if not heartbeat.is_paused:
            sweeping.sweep()
        busy = Job.objects.filter(state=State.RUNNING, worker__startswith=f"{socket.gethostname()}:").count()
        said = f"{busy} of {size} processes busy"
        doing = Doing.PAUSED if heartbeat.is_paused else Doing.WORKING if busy else Doing.IDLE
    except Error as error:
        trouble, doing, said = f"database: {error}", Doing.NO_SOURCE, str(error)
    except Exception as error:  # kombu's transports raise what the libraries below them raise
        trouble, doing = f"broker: {str(error) or type(error).__name__}", Doing.NO_SOURCE
        said = trouble
    if trouble and not before:
        log.warning("worker cannot sweep", error=trouble, pid=os.getpid())
    heartbeat.beat(doing, said)
    return trouble
