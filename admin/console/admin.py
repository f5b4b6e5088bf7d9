"""Who did what, to read: entries are kept for good, and neither changed nor deleted here."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from console.guards import Guarded
from console.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(Guarded, ModelAdmin):
    list_display = ("at", "actor", "via", "action", "target", "said")
    list_display_links = None
    list_filter = ("via", "action", "at")
    list_per_page = 50
    list_max_show_all = 500
    search_fields = ("actor", "target")
    search_help_text = "Actor or target. Entries are kept for good."
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    sortable_by = ()  # newest first, by the key

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False
