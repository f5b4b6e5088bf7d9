import os
import socket

from celery import shared_task
from celery.exceptions import Reject
from django.db import Error

from jobs.sending import TASK
from jobs.working import work


@shared_task(name=TASK)
def run(job_id: int) -> None:
    try:
        work(job_id, worker=f"{socket.gethostname()}:{os.getpid()}")
    except Error as error:
        raise Reject(str(error), requeue=True) from error  # a task that fails would use its message up
