import os
import socket

from celery import shared_task

from jobs.sending import TASK
from jobs.working import work


@shared_task(name=TASK)
def run(job_id: int) -> None:
    work(job_id, worker=f"{socket.gethostname()}:{os.getpid()}")
