"""The drift check in the pages: the last one, each one of the last fifty, and how one is asked for."""

from collections import Counter
from typing import Any

from console import audit
from console.guards import Guarded, is_id
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin

from replica import queries, runner, runs, telling
from replica.drift import Kind
from replica.forms import Wanted
from replica.models import DriftCheck
from replica.runs import REPAIRS, Busy

LIST = "admin:replica_driftcheck_changelist"
ONE = "admin:replica_driftcheck_change"
SHOWN = 100  # differences on a page


@admin.register(DriftCheck)
class DriftCheckAdmin(Guarded, ModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("start/", view(self.start), name="replica_driftcheck_start"),
            path("<int:run_id>/repair/", view(self.confirm), name="replica_driftcheck_repair"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Django's own form would make a row that nobody runs."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: DriftCheck | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: DriftCheck | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._require(request, "view")
        running = set(DriftCheck.objects.running().values_list("pk", flat=True))
        history = [_shown(run, is_running=run.pk in running) for run in DriftCheck.objects.defer("differences")]
        whole = next((shown for shown in history if shown["run"].is_whole), None)
        last = queries.last_whole_check()
        context = {
            "whole": whole,
            "before": _shown(last, is_running=False) if last and whole and last != whole["run"] else None,
            "kinds": telling.kinds(last.counts if last else {}),
            "last": last,
            "history": history,
            "running": next((shown for shown in history if shown["is_running"]), None),
            "is_live": bool(running),
        }
        return self._page(request, "list", "Drift", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self._require(request, "view")
        run = _run(object_id)
        shown = _shown(run, is_running=DriftCheck.objects.running().filter(pk=run.pk).exists())
        kind = request.GET.get("kind", "")
        found = [one for one in run.differences if kind in ("", one["kind"])]
        context = {
            **shown,
            "kinds": [row for row in telling.kinds(run.counts) if row["count"]],
            "kind": kind if kind in set(Kind) else "",
            "page": Paginator(found, SHOWN).get_page(request.GET.get("p")),
            "open": sum(not one["is_repaired"] for one in found),
            "unlisted": sum(run.counts.values()) + sum(run.repaired.values()) - len(run.differences),
            "is_live": shown["is_running"],
            "crumbs": [("Drift", reverse(LIST))],
        }
        return self._page(request, "run", _title(run), context)

    def confirm(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """What would be repaired, before anything is."""
        self._require(request, "repair")
        if request.method != "POST":
            return HttpResponseRedirect(reverse(ONE, args=(run_id,)))
        run = _run(run_id)
        chosen, is_whole = _chosen(run, request.POST)
        if not chosen:
            messages.warning(request, "Nothing is chosen that still differs: mark products in the list.")
            return HttpResponseRedirect(reverse(ONE, args=(run_id,)))
        counts = run.counts if is_whole else Counter(one["kind"] for one in chosen)
        context = {
            "run": run,
            "ids": "" if is_whole else ",".join(str(one["id"]) for one in chosen),
            "is_whole": is_whole,
            "total": sum(counts.values()),
            "kinds": [row for row in telling.kinds(counts) if row["count"]],
            "ahead": counts.get(Kind.AHEAD, 0),
            "skip_ids": telling.skip_ids(),
            "crumbs": [("Drift", reverse(LIST)), (_title(run), reverse(ONE, args=(run_id,)))],
        }
        return self._page(request, "repair", "Repair", context)

    def start(self, request: HttpRequest) -> HttpResponse:
        """Asked for by these pages and by a product's: `kind`, and `ids` where not all products are meant."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        wanted = Wanted(request.POST)
        if not wanted.is_valid():
            messages.error(request, f"Nothing was started. {wanted.said()}")
            return HttpResponseRedirect(reverse(LIST))
        kind, ids = DriftCheck.Kind(wanted.cleaned_data["kind"]), wanted.cleaned_data["ids"]
        self._require(request, "repair" if kind in REPAIRS else "add")
        try:
            run = self._begun(request, kind, ids)
        except Busy:
            messages.warning(request, "Nothing was started: another run goes on. Wait for its end, then ask again.")
            return HttpResponseRedirect(reverse(LIST))
        runner.start(run, only_ids=ids)
        return HttpResponseRedirect(reverse(ONE, args=(run.pk,)))

    def _begun(self, request: HttpRequest, kind: DriftCheck.Kind, ids: list[int]) -> DriftCheck:
        with transaction.atomic():
            run = runs.begin(kind=kind, by=request.user.get_username(), only_ids=ids, is_alone=True)
            audit.by_user(
                request,
                action="repair" if kind in REPAIRS else "check",
                target="the copy" if not ids else f"product {ids[0]}" if len(ids) == 1 else telling.scope(run),
                said=f"{kind.label}, run {run.pk}",
            )
        return run

    def _require(self, request: HttpRequest, action: str) -> None:
        if not request.user.has_perm(f"replica.{action}_driftcheck"):
            raise PermissionDenied

    def _page(self, request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "may_run": request.user.has_perm("replica.add_driftcheck"),
            "may_repair": request.user.has_perm("replica.repair_driftcheck"),
        }
        return TemplateResponse(request, f"replica/drift_{name}.html", shared | context)


def _run(run_id: str | int) -> DriftCheck:
    run = DriftCheck.objects.filter(pk=run_id).first() if is_id(str(run_id)) else None
    if run is None:
        raise Http404(f"There is no run {run_id}: the last {runs.KEPT} are kept.")
    return run


def _chosen(run: DriftCheck, asked: QueryDict) -> tuple[list[dict[str, Any]], bool]:
    """Of the differences that are listed and left: the marked ones, or all of a kind, or all of the run.

    And whether that means all products, since more of them differ than are listed.
    """
    left = [one for one in run.differences if not one["is_repaired"]]
    kind = asked.get("kind", "")
    if "all" not in asked:
        marked = set(asked.getlist("id"))
        return [one for one in left if str(one["id"]) in marked], False
    return [one for one in left if kind in ("", one["kind"])], not kind and sum(run.counts.values()) > len(left)


def _shown(run: DriftCheck, *, is_running: bool) -> dict[str, Any]:
    seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at else None
    return {
        "run": run,
        "is_running": is_running,
        "told": telling.told(run, is_running=is_running),
        "scope": telling.scope(run),
        "seconds": seconds,
    }


def _title(run: DriftCheck) -> str:
    return f"{run.get_kind_display().capitalize()} {run.pk}"
