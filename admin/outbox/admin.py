"""What waits in the outbox, and what people may do to it: let it go now, or hold it aside."""

from functools import partial
from typing import Any

from console import audit, guards
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from outbox import listing, operations
from outbox.listing import Filter
from outbox.models import OutboxEvent

LIST = "admin:outbox_outboxevent_changelist"
ONE = "admin:outbox_outboxevent_change"
ACTIONS = {"retry": "Try now", "hold": "Hold"}
LONGEST_REASON = 200
Meant = tuple[QuerySet[OutboxEvent], str]  # the events, and how they are called


@admin.register(OutboxEvent)
class OutboxEventAdmin(guards.Guarded, ModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("confirm/", view(require_POST(self.confirm)), name="outbox_outboxevent_confirm"),
            path("act/", view(require_POST(self.act)), name="outbox_outboxevent_act"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: OutboxEvent | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OutboxEvent | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._require(request, "view")
        wanted = Filter.of(request.GET)
        after = _number(request.GET.get("after", ""))
        context = {
            "strip": listing.strip(),
            "wanted": wanted,
            "after": after,
            "page": listing.page(wanted, after=after),
            "is_live": True,
        }
        return self._page(request, "list", "Outbox", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self._require(request, "view")
        event = OutboxEvent.objects.filter(pk=_number(object_id)).first()
        if event is None:
            raise Http404(f"No event {object_id} waits: it has gone out, or never was.")
        context = {
            "event": event,
            "row": listing.row(event),
            "envelope": listing.envelope(event),
            "crumbs": [("Outbox", reverse(LIST))],
        }
        return self._page(request, "event", f"Event {event.pk}", context)

    def confirm(self, request: HttpRequest) -> HttpResponse:
        """How many that would be, before anything is done."""
        self._require(request, "work")
        action = request.POST.get("action", "")
        if action not in ACTIONS:
            return _back(request, "Nothing was done: choose “Try now” or “Hold”.")
        events, said = _meant(request.POST)
        held = events.exclude(held_at=None).count()
        count = events.count() - (held if action == "hold" else 0)
        if count <= 0:
            return _back(request, "Nothing was done: no such event waits any more, none was marked, or all are held.")
        context = {
            "action": action,
            "word": ACTIONS[action],
            "said": said,
            "count": count,
            "held": held,
            "ids": ",".join(request.POST.getlist("id")),
            "is_all": "all" in request.POST,
            "wanted": Filter.of(request.POST),
            "longest": LONGEST_REASON,
            "crumbs": [("Outbox", reverse(LIST))],
        }
        return self._page(request, "confirm", ACTIONS[action], context)

    def act(self, request: HttpRequest) -> HttpResponse:
        self._require(request, "work")
        action, because = request.POST.get("action", ""), guards.text(request.POST.get("because", ""))[:LONGEST_REASON]
        if action not in ACTIONS:
            return _back(request, "Nothing was done: choose “Try now” or “Hold”.")
        if action == "hold" and not because:
            return _back(request, "Nothing was held: say why, for whoever finds them held.")
        try:
            told = self._done(request, action, because)
        except operations.NoHold as error:
            return _back(request, str(error))
        listing.count_anew()
        messages.success(request, f"{told[0].upper()}{told[1:]}.")
        return HttpResponseRedirect(f"{reverse(LIST)}?{Filter.of(request.POST).query}")

    def _done(self, request: HttpRequest, action: str, because: str) -> str:
        """Does it, with its audit entry, and says what. All that match a filter may be many: page after page."""
        events, target = _meant(request.POST)
        note, is_hold = partial(audit.by_user, request), action == "hold"
        if is_hold:
            operations.require_broker()
        with audit.noted(note, action=action, target=target, is_long="all" in request.POST, meant=because) as said:
            if is_hold:
                done = operations.hold(events, by=request.user.get_username(), because=because)
            else:
                done = operations.release(events)
            told = f"{done:,} {'held' if is_hold else 'to be tried now'}"
            said.append(f"{told}: {because}" if because else told)
        return told

    def _require(self, request: HttpRequest, action: str) -> None:
        if not request.user.has_perm(f"outbox.{action}_outboxevent"):
            raise PermissionDenied

    def _page(self, request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "has_broker": bool(settings.BROKER_URL),
            "may_work": request.user.has_perm("outbox.work_outboxevent"),
        }
        return TemplateResponse(request, f"outbox/waiting_{name}.html", shared | context)


def _meant(asked: QueryDict) -> Meant:
    """The marked ones, or all that match the filter, where that was asked for."""
    if "all" in asked:
        wanted = Filter.of(asked)
        return wanted.events, str(wanted)
    texts = [text for given in asked.getlist("id") for text in given.split(",")]
    ids = sorted({number for text in texts if (number := _number(text))})[: operations.PAGE]
    said = f"event {ids[0]}" if len(ids) == 1 else f"{len(ids):,} events"
    return OutboxEvent.objects.filter(pk__in=ids), said


def _number(text: str) -> int:
    """As the database takes it; 0 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0


def _back(request: HttpRequest, why: str) -> HttpResponse:
    messages.error(request, why)
    return HttpResponseRedirect(f"{reverse(LIST)}?{Filter.of(request.POST).query}")
