"""The pages for people that are the same on both sides: how all is, and how one product is."""

from typing import Any

from config import sync
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from processes import steering

from console import audit, both_sides, guards, halves, pipeline, plots, roles, verdict, whereabouts

SPANS = {"15": 15, "1440": 1440}
LONGEST_ID = 18  # digits, as /api/sync/products takes them
VIEW, PAUSE = "processes.view_process", "processes.pause_process"


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK: the first page, for whoever may see it."""
    if not request.user.has_perm(VIEW):
        return context
    seen = halves.read(span=SPANS.get(request.GET.get("span", ""), 15))
    found = verdict.findings(seen)
    return context | {
        "title": "Sync",
        "is_sync": True,
        "is_live": True,
        "halves": seen,
        "verdict": found[0],
        "also": found[1:],
        "boxes": pipeline.boxes(seen),
        "plots": plots.draw(seen),
        "spans": [(15, "15 min"), (1440, "24 h")],
        "can_pause": request.user.has_perm(PAUSE),
        "role": sync.ROLE,
        "has_role": roles.is_there(),
        "other_place": seen.theirs.url if seen.theirs else "",
        **_places(seen.own, seen.theirs.url if seen.theirs else ""),
    }


def _places(own: str, other: str) -> dict[str, Any]:
    """Where the pages of each side begin; nothing where that is not known."""
    home = reverse("admin:index")
    return {"places": {own: home, "service" if own == "admin" else "admin": other}}


@require_POST
@permission_required(PAUSE, raise_exception=True)
def pause(request: HttpRequest) -> HttpResponse:
    if not roles.is_there():
        return _no_role(request)
    reason = " ".join(guards.text(request.POST.get("reason", "")).split())[:200]
    with transaction.atomic():
        is_new = steering.pause(role=sync.ROLE, by=request.user.get_username(), reason=reason)
        if is_new:
            audit.by_user(request, action="pause", target=sync.ROLE, said=reason)
    said = f"The {sync.ROLE} pauses within a few seconds." if is_new else f"The {sync.ROLE} was paused already."
    messages.success(request, said)
    return HttpResponseRedirect(reverse("admin:index"))


@require_POST
@permission_required(PAUSE, raise_exception=True)
def resume(request: HttpRequest) -> HttpResponse:
    if not roles.is_there():
        return _no_role(request)
    with transaction.atomic():
        was_paused = steering.resume(role=sync.ROLE)
        if was_paused:
            audit.by_user(request, action="resume", target=sync.ROLE)
    said = f"The {sync.ROLE} goes on within a few seconds." if was_paused else f"The {sync.ROLE} was not paused."
    messages.success(request, said)
    return HttpResponseRedirect(reverse("admin:index"))


def _no_role(request: HttpRequest) -> HttpResponse:
    messages.error(request, f"Nothing was changed. {roles.NONE}")
    return HttpResponseRedirect(reverse("admin:index"))


@require_safe
@permission_required(VIEW, raise_exception=True)
def search(request: HttpRequest) -> HttpResponse:
    """To the page of the product that was asked for."""
    wanted = request.GET.get("id", "").strip()
    if wanted.isascii() and wanted.isdecimal() and len(wanted) <= LONGEST_ID:
        return HttpResponseRedirect(reverse("console:product", args=[int(wanted)]))
    messages.error(request, "Write a product's id: digits alone.")
    return HttpResponseRedirect(reverse("admin:index"))


@require_safe
@permission_required(VIEW, raise_exception=True)
def product(request: HttpRequest, product_id: int) -> HttpResponse:
    if product_id >= 10**LONGEST_ID:
        raise Http404
    both = both_sides.read(product_id)
    theirs = both.service if both.own == "admin" else both.admin
    found = whereabouts.where(both)
    context = {
        **admin.site.each_context(request),
        "title": f"Product {product_id} on both sides",
        "crumbs": [("Sync", reverse("admin:index"))],
        "is_live": True,
        "both": both,
        "found": found,
        "is_ahead": found.word == whereabouts.AHEAD,
        "steps": whereabouts.timeline(both),
        "can_repair": request.user.has_perm("replica.repair_driftcheck"),
        **_places(both.own, theirs.told.url if theirs else ""),
    }
    return TemplateResponse(request, "console/product.html", context)
