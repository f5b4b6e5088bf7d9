"""What waits in the outbox, to look at: only the relay, or the feed's subscribers, take from it."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.filters import EmptyFieldListFilter
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import display

from outbox.models import OutboxEvent


@admin.register(OutboxEvent)
class OutboxEventAdmin(ModelAdmin):
    list_display = ("short_type", "aggregate", "waiting_since", "attempts", "next_try", "reason", "last_error", "held")
    list_filter = ("reason", ("held_at", EmptyFieldListFilter))
    list_per_page = 50
    list_max_show_all = 500
    search_fields = ("=aggregateid",)
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    sortable_by = ()  # by id, which is indexed: a backlog may be long
    fields = (
        "event_id",
        "type",
        "aggregate",
        "created_at",
        "attempts",
        "next_attempt_at",
        "reason",
        "last_error",
        "held_at",
        "payload",
    )

    @display(description="event")
    def short_type(self, event: OutboxEvent) -> str:
        return ".".join(event.type.split(".")[-3:])

    @display(description="of")
    def aggregate(self, event: OutboxEvent) -> str:
        return f"{event.aggregatetype} {event.aggregateid}"

    @display(description="waiting since")
    def waiting_since(self, event: OutboxEvent) -> Any:
        return event.created_at

    @display(description="next try")
    def next_try(self, event: OutboxEvent) -> Any:
        return event.next_attempt_at

    @display(description="held since")
    def held(self, event: OutboxEvent) -> Any:
        return event.held_at

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: OutboxEvent | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OutboxEvent | None = None) -> bool:
        return False
