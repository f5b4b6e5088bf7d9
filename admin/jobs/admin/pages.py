"""What the jobs' pages show. What they do is in acting, steering, importing and planning."""

from collections.abc import Callable
from typing import Any

from console.guards import Guarded, is_id
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST
from processes import queries as processes
from unfold.admin import ModelAdmin

from jobs.admin import acting, importing, listing, planning, steering, telling
from jobs.admin.answers import CRUMB_OF_JOBS, VIEW, may_import, page
from jobs.admin.listing import Filter
from jobs.models import Job, State
from jobs.roles import BEAT, WORKER
from jobs.sweeping import KEPT

LINES = 200  # of the log, until all are asked for

# Route → name, and what is done there.
POSTS: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
    "confirm/": ("confirm", acting.confirm),
    "act/": ("act", acting.act),
    "<int:job_id>/cancel/": ("cancel", acting.cancel),
    "<int:job_id>/retry/": ("retry", acting.retry),
    "pause/": ("pause", steering.pause),
    "resume/": ("resume", steering.resume),
    "schedules/switch/": ("switch", planning.switch),
    "schedules/run/": ("run", planning.run),
    "schedules/confirm/": ("drop_confirm", planning.confirm),
    "schedules/drop/": ("drop", planning.drop),
}


@admin.register(Job)
class JobAdmin(Guarded, ModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("schedules/", view(planning.schedules), name="jobs_job_schedules"),
            path("schedules/plan/", view(planning.plan), name="jobs_job_plan"),
            *(path(route, view(require_POST(post)), name=f"jobs_job_{name}") for route, (name, post) in POSTS.items()),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_import(request)

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return importing.ask(request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        _require_view(request)
        wanted, strip = Filter.of(request.GET), listing.strip()
        before = request.GET.get("before", "")
        context = {
            **strip,
            "wanted": wanted,
            "before": before if is_id(before) else "",
            "page": listing.page(wanted, before=int(before) if is_id(before) else 0),
            "states": State.values,
            "queues": list(strip["bars"]),
            "processes": [*processes.running(WORKER), *processes.running(BEAT)],
            "paused": processes.paused(WORKER),
            "is_live": strip["is_going"],
            "form": importing.ImportForm(),
            "days": KEPT.days,
        }
        return page(request, "list", "Jobs", steering.seen(context))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        _require_view(request)
        job = Job.objects.filter(pk=object_id).first() if is_id(object_id) else None
        if job is None:
            raise Http404(f"There is no job {object_id}: one that has ended is kept for {KEPT.days} days.")
        newest = list(job.lines.order_by("-id")[: None if "all" in request.GET else LINES + 1])
        shown = telling.told(job)
        context = {
            "told": shown,
            "job": job,
            "spec": telling.facts(job.spec),
            "lines": newest[::-1] if "all" in request.GET else newest[:LINES][::-1],
            "has_more": "all" not in request.GET and len(newest) > LINES,
            "shown": LINES,
            "is_live": not shown.is_over,
        }
        return page(request, "job", f"Job {job.pk}", context, crumbs=(CRUMB_OF_JOBS,))


def _require_view(request: HttpRequest) -> None:
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
