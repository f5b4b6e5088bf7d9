"""The page of what `manage.py doctor` says, by the settings of this web."""

from config import checkup
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from console.findings import Status, run
from console.levels import Level

LEVELS = {
    Status.OK: Level.OK,
    Status.WARNING: Level.WARN,
    Status.FAILED: Level.BAD,
    Status.UNKNOWN: Level.UNKNOWN,
}


@require_safe
@permission_required("processes.view_process", raise_exception=True)
def page(request: HttpRequest) -> HttpResponse:
    """It asks broker and other side, so it takes a few seconds where they give no answer."""
    found = list(run(checkup.CHECKS))
    context = {
        **admin.site.each_context(request),
        "title": "Doctor",
        "crumbs": [("Sync", reverse("admin:index"))],
        "rows": [(LEVELS[finding.status], finding) for finding in found],
        "wrong": sum(finding.status is not Status.OK for finding in found),
        "now": timezone.now(),
    }
    return TemplateResponse(request, "console/doctor.html", context)
