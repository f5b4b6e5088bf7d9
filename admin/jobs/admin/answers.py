"""What the pages for jobs have in common: who may do what there, and how they answer."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

LIST = "admin:jobs_job_changelist"
ONE = "admin:jobs_job_change"
SCHEDULES = "admin:jobs_job_schedules"
VIEW, WORK = "jobs.view_job", "jobs.work_job"
# Whoever asks for an import has products written, which is more than to add a job.
IMPORT = ("jobs.add_job", "catalogue.add_product", "catalogue.change_product")
CRUMB_OF_JOBS = ("Jobs", LIST)
CRUMB_OF_SCHEDULES = ("Schedules", SCHEDULES)


def page(
    request: HttpRequest, name: str, title: str, context: dict[str, Any], *, crumbs: tuple[tuple[str, str], ...] = ()
) -> HttpResponse:
    """`crumbs`: names, and the URLs' own."""
    shared = {
        **admin.site.each_context(request),
        "title": title,
        "may_work": request.user.has_perm(WORK),
        "may_import": may_import(request),
        "crumbs": [(crumb, reverse(url)) for crumb, url in crumbs],
    }
    return TemplateResponse(request, f"jobs/{name}.html", shared | context)


def may_import(request: HttpRequest) -> bool:
    return bool(request.user.has_perms(IMPORT))


def back(request: HttpRequest, to: str, *, done: str = "", failed: str = "") -> HttpResponse:
    """To that URL, with a sentence about what was done, or why nothing was."""
    if failed:
        messages.error(request, failed)
    if done:
        messages.success(request, done)
    return HttpResponseRedirect(to)
