"""The kinds of jobs, as settings.JOB_KINDS names them: each with its queue and its handler."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from jobs.runs import Run

Handler = Callable[["Run"], str]


def queue_of(kind: str) -> str:
    queue: str = settings.JOB_KINDS[kind][0]
    return queue


def queues() -> list[str]:
    return sorted({queue for queue, _ in settings.JOB_KINDS.values()})


def handler(kind: str) -> Handler:
    """What does it: it gets the run, and returns in a sentence what became of it. Raises what errors.py names."""
    found: Handler = import_string(settings.JOB_KINDS[kind][1])
    return found
