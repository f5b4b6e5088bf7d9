"""What this side's pages are called, and where its sidebar leads. How they look stands in branding, as on service."""

from django.http import HttpRequest
from django.urls import reverse_lazy

from config.branding import listed, may, section, sync

NAME = "Lockstep admin"
ABOUT = "Products and their events"


def _are_schedules(request: HttpRequest) -> bool:
    """Their pages are below the jobs'."""
    return request.path.startswith(str(SCHEDULES["link"]))


def _are_jobs(request: HttpRequest) -> bool:
    return request.path.startswith(str(JOBS["link"])) and not _are_schedules(request)


JOBS = listed("Jobs", "pending_actions", "jobs_job", may("jobs.view_job")) | {"active": _are_jobs}
SCHEDULES = {
    "title": "Schedules",
    "icon": "event_repeat",
    "link": reverse_lazy("admin:jobs_job_schedules"),
    "permission": may("jobs.view_job"),
    "active": _are_schedules,
}
PAGES = [
    section(
        "Lockstep",
        sync(),
        listed("Outbox", "outbox", "outbox_outboxevent", may("outbox.view_outboxevent")),
        listed("Audit", "history", "console_auditentry", may("console.view_auditentry")),
    ),
    section(
        "Catalogue",
        listed("Products", "inventory_2", "catalogue_product", may("catalogue.view_product")),
    ),
    section(
        "Background",
        JOBS,
        SCHEDULES,
    ),
]
