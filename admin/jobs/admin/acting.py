"""What people do to jobs that are there: cancel one, try again one or many, empty a queue."""

from functools import partial

from console import audit
from console.guards import is_id
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

from jobs import operations
from jobs.admin import listing
from jobs.admin.answers import CRUMB_OF_JOBS, LIST, ONE, WORK, back, page
from jobs.admin.listing import Filter
from jobs.errors import NotNow
from jobs.kinds import queues
from jobs.models import Job, State

NOTHING = "Nothing was done: choose what, and one of the queues where one is to be emptied."


@permission_required(WORK, raise_exception=True)
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """A waiting one at once; a running one within seconds."""
    return _one(request, job_id, "cancel")


@permission_required(WORK, raise_exception=True)
def retry(request: HttpRequest, job_id: int) -> HttpResponse:
    return _one(request, job_id, "retry")


def _one(request: HttpRequest, job_id: int, action: str) -> HttpResponse:
    by = request.user.get_username()
    do = operations.cancel if action == "cancel" else operations.retry
    try:
        if not is_id(str(job_id)):
            raise Job.DoesNotExist
        with transaction.atomic():
            job = do(job_id, by=by)
            audit.by_user(request, action=action, target=f"job {job.pk}", said=f"{job.kind}: {job.label}")
    except Job.DoesNotExist as error:
        raise Http404(f"There is no job {job_id}.") from error
    except NotNow as error:
        return back(request, reverse(ONE, args=(job_id,)), failed=f"Nothing was done. {error}")
    listing.count_anew()
    return back(request, reverse(ONE, args=(job_id,)), done=_told(job))


def _told(job: Job) -> str:
    if job.state == State.RUNNING:
        return f"Job {job.pk} will end within a few seconds. What it has written stays."
    return f"Job {job.pk} is {job.state}."


@permission_required(WORK, raise_exception=True)
def confirm(request: HttpRequest) -> HttpResponse:
    """How many that would be, before anything is done."""
    action, wanted, queue = _meant(request.POST)
    if not action:
        return back(request, reverse(LIST), failed=NOTHING)
    jobs = Job.objects.filter(queue=queue, state=State.QUEUED) if action == "empty" else wanted.jobs
    count = jobs.count()
    if not count:
        why = f"no job waits in queue {queue}" if action == "empty" else f"there is none of {wanted}"
        return back(request, f"{reverse(LIST)}?{wanted.query}", failed=f"Nothing was done: {why}.")
    context = {"action": action, "queue": queue, "wanted": wanted, "count": count}
    title = f"Empty queue {queue}" if action == "empty" else "Retry jobs"
    return page(request, "confirm", title, context, crumbs=(CRUMB_OF_JOBS,))


@permission_required(WORK, raise_exception=True)
def act(request: HttpRequest) -> HttpResponse:
    action, wanted, queue = _meant(request.POST)
    if not action:
        return back(request, reverse(LIST), failed=NOTHING)
    target = f"queue {queue}" if action == "empty" else str(wanted)
    by, note = request.user.get_username(), partial(audit.by_user, request)
    with audit.noted(note, action=action, target=target, is_long=True) as said:
        if action == "empty":
            told = f"{operations.empty(queue, by=by):,} cancelled"
        else:
            told = f"{operations.retry_all(wanted.jobs, by=by):,} to be tried again"
        said.append(told)
    listing.count_anew()
    return back(request, f"{reverse(LIST)}?{wanted.query}", done=f"{told}.")


def _meant(asked: QueryDict) -> tuple[str, Filter, str]:
    """The action, empty where none makes sense; the jobs that are meant; the queue to be emptied."""
    action, queue, wanted = asked.get("action", ""), asked.get("of", ""), Filter.of(asked)
    if action == "retry":
        return action, wanted.retriable, ""
    return action if action == "empty" and queue in queues() else "", wanted, queue
