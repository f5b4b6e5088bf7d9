"""Where the pages of dead letters are: they take the place of the ones that Django would make of the model."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin

from inbox.models import DeadLetter
from inbox.pages import export, letter, lists, many


@admin.register(DeadLetter)
class DeadLetterAdmin(ModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        return [
            path("", lists.groups, name="inbox_deadletter_changelist"),
            path("letters/", lists.letters, name="inbox_deadletter_letters"),
            path("export/", export.export, name="inbox_deadletter_export"),
            path("work/", many.work, name="inbox_deadletter_work"),
            path("runs/<uuid:run_id>/", many.run, name="inbox_deadletter_run"),
            path("runs/<uuid:run_id>/step/", many.step, name="inbox_deadletter_step"),
            path("runs/<uuid:run_id>/stop/", many.stop, name="inbox_deadletter_stop"),
            path("<int:letter_id>/change/", letter.letter, name="inbox_deadletter_change"),
            path("<int:letter_id>/body/", letter.raw, name="inbox_deadletter_body"),
            path("<int:letter_id>/retry/", letter.retry, name="inbox_deadletter_retry"),
            path("<int:letter_id>/discard/", letter.discard, name="inbox_deadletter_discard"),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: DeadLetter | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: DeadLetter | None = None) -> bool:
        return False
